"""From facts to one HTML file that carries everything it shows and fetches nothing."""

from importlib import resources

from jinja2 import DictLoader, Environment, StrictUndefined, Template
from markupsafe import Markup

from features.errors import PerennialError
from insights.report.facts import Facts
from insights.report.lead import leads
from insights.report.sections import sections
from insights.report.words import words_of

LARGEST = 1_000_000  # bytes of a report


def render(facts: Facts, language: str, horizon_days: int, active_within_days: int, margin: float | None) -> str:
    """The report in one language; every text is escaped.

    Parameters
    ----------
    margin : the shop's, as a share of sales; None where it states none

    Raises
    ------
    PerennialError      if the language is unknown, or the page is larger than a megabyte
    """
    words = words_of(language, facts.currency)
    since, at = (words.numbers.day(moment) for moment in (facts.period.since, facts.at))
    last = words.numbers.day(facts.last_day)
    page = _template().render(
        language={"zh": "zh-Hans"}.get(language, language),
        title=words.tell("title", shop=facts.shop),
        about=words.tell("about", since=since, until=last, days=facts.period.days, at=at),
        contents=words.say["contents"],
        style=Markup(_resource("reporting", "page.css") + _resource("insights.report", "page.css")),
        leads=leads(facts, words, margin),
        sections=sections(facts, words, horizon_days, active_within_days),
    )
    size = len(page.encode())
    if size > LARGEST:
        raise PerennialError(f"the report is {size:,} bytes, but may have {LARGEST:,}. Give a later --since.")
    return page


def _template() -> Template:
    environment = Environment(
        loader=DictLoader({"page": _resource("insights.report", "page.html")}),
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    return environment.get_template("page")


def _resource(room: str, name: str) -> str:
    return resources.files(room).joinpath(name).read_text(encoding="utf-8")
