"""From sections to one HTML file that carries everything it shows."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from html import escape
from importlib import resources
from string import Template

from reporting.charts import Chart


@dataclass(frozen=True)
class PageTable:
    """A table; columns named in `texts` are aligned left, a first row may be set off.

    A cell that begins with ✓ or ✗ is coloured as passed or failed.
    """

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    texts: Sequence[str] = ()
    first_stands_out: bool = False


@dataclass(frozen=True)
class Section:
    """A part of the report: words, then tables, then charts beside each other."""

    title: str
    text: str = ""
    tables: Sequence[PageTable] = ()
    charts: Sequence[Chart] = ()


def render(title: str, about: str, verdict: tuple[bool, str] | None, sections: Sequence[Section]) -> str:
    """The report as HTML; every text is escaped, every chart lies in the page as JSON.

    Parameters
    ----------
    verdict : whether the gate was passed, and a sentence; None before a review
    """
    charts: list[Chart] = []
    parts = [f"<h1>{escape(title)}</h1>", f'<p class="about">{escape(about)}</p>', _verdict(verdict)]
    parts += [_contents(sections), *(_section(section, charts, place) for place, section in enumerate(sections))]
    page = Template(_resource("page.html"))
    return page.substitute(
        title=escape(title),
        style=_resource("page.css"),
        script=_resource("chart.js"),
        body="\n".join(parts),
        charts=_script_safe(charts),
    )


def _contents(sections: Sequence[Section]) -> str:
    """The table of contents: a link a section."""
    links = [f'<li><a href="#s{place}">{escape(one.title)}</a></li>' for place, one in enumerate(sections)]
    return f'<nav><ol class="contents">{"".join(links)}</ol></nav>' if len(links) > 1 else ""


def _section(section: Section, charts: list[Chart], place: int) -> str:
    parts = [f'<section id="s{place}"><h2>{escape(section.title)}</h2>']
    if section.text:
        parts.append(f"<p>{escape(section.text)}</p>")
    parts += [_table(table) for table in section.tables]
    if section.charts:
        start = len(charts)
        charts.extend(section.charts)
        figures = [f'<figure data-chart="{start + i}"></figure>' for i in range(len(section.charts))]
        parts.append(f'<div class="charts">{"".join(figures)}</div>')
    return "\n".join([*parts, "</section>"])


def _table(table: PageTable) -> str:
    kinds = ["text" if name in table.texts else "" for name in table.header]
    head = "".join(_cell("th", kind, name) for kind, name in zip(kinds, table.header, strict=True))
    rows = []
    for place, row in enumerate(table.rows):
        cells = "".join(_cell("td", kind, cell) for kind, cell in zip(kinds, row, strict=True))
        rows.append(f"<tr{' class=first' if table.first_stands_out and place == 0 else ''}>{cells}</tr>")
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'


def _cell(tag: str, kind: str, text: str) -> str:
    mark = {"✓": "pass", "✗": "fail"}.get(text[:1], "")
    classes = " ".join(filter(None, [kind, mark]))
    opening = f'<{tag} class="{classes}">' if classes else f"<{tag}>"
    return f"{opening}{escape(text[1:].lstrip() if mark else text)}</{tag}>"


def _verdict(verdict: tuple[bool, str] | None) -> str:
    if verdict is None:
        return ""
    passed, told = verdict
    kind, word = ("yes", "passes the gate") if passed else ("no", "does not pass the gate")
    return f'<p><span class="verdict {kind}">{word}</span> {escape(told)}</p>'


def _script_safe(charts: Sequence[Mapping[str, object]]) -> str:
    """JSON that cannot end the script element it lies in."""
    text = json.dumps(charts, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _resource(name: str) -> str:
    return resources.files("reporting").joinpath(name).read_text(encoding="utf-8")


def to_json(sections: Sequence[Section]) -> bytes:
    """Sections as they are kept with a run, so that a later review can write the report anew."""
    return json.dumps([asdict(section) for section in sections], ensure_ascii=False, allow_nan=False).encode()


def from_json(content: bytes) -> list[Section]:
    """Sections as they were kept."""
    return [
        Section(**{**plain, "tables": [PageTable(**table) for table in plain["tables"]]})
        for plain in json.loads(content)
    ]
