"""The decision that the READMEs show, as the demo's service answered it.

After `make demo`: `.venv/bin/python -m tests.docs.demo_decision` asks the service again, in both languages, writes the
answers beside this file and what the printer makes of them to the screen, for the READMEs.
"""

import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

from features.samples.complete_journey import prepare
from features.shop import home_folder
from perennial.demo import product_names
from perennial.opening import opened_shop
from perennial.running import settings_for
from perennial.terminal.telling import ToldOf, asked_of, tell_customer
from perennial.terminal.words import LANGUAGES, words_of
from serving.contract.client import Client
from serving.contract.responses import ChannelPreference, Decision, NextPurchase, Recommendation
from serving.process.launch import running

ANSWERS = Path(__file__).with_name("demo_decision.json")
ROOT = Path(__file__).parents[2]
READMES = {"en": ROOT / "README.md", "zh": ROOT / "README.zh.md"}
_BLOCK = r"^    (?:Household|家庭) .*?(?=^\S)"


def shown(language: str, text: str | None = None) -> str:
    """The decision in a README, or in what the demo printed, without the page's indent and blank lines."""
    page = READMES[language].read_text(encoding="utf-8") if text is None else text
    found = re.search(_BLOCK, page, re.DOTALL | re.MULTILINE)
    assert found, f"{READMES[language].name} shows no decision"
    return "\n".join(line.removeprefix("    ") for line in found[0].rstrip().splitlines())


def who() -> str:
    """The household the READMEs show."""
    return shown("en").split()[1]


def tell(language: str, answers: dict[str, Any]) -> None:
    """Print a stored answer with the demo's printer."""
    words, given = words_of(language), answers["told"][language]
    told = ToldOf(
        Decision(**given["decision"]),
        NextPurchase(**given["purchase"]),
        ChannelPreference(**given["channels"]),
        Recommendation(**given["items"]),
    )
    title = words.say("household", who=answers["customer_id"], stage=words.name(given["decision"]["stage"]))
    tell_customer(title, told, answers["currency"], answers["names"], words)


def record(port: int = 3999) -> None:
    """Ask the demo's service, and keep what it said."""
    shop = opened_shop(prepare())
    settings = settings_for(shop=shop.folder, today="2017-12-31", port=port)
    told: dict[str, Any] = {}
    with running(settings, home_folder() / "demo-service.log") as service:
        for language in LANGUAGES:
            with Client(service.url, language=language) as crm:
                told[language] = asdict(asked_of(crm, who()))
    every = product_names(shop)
    names = {one["product_id"]: every[one["product_id"]] for one in told["en"]["items"]["items"]}
    answers = {"customer_id": who(), "currency": shop.currency, "names": names, "told": told}
    ANSWERS.write_text(json.dumps(answers, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")
    for language in LANGUAGES:
        tell(language, answers)


if __name__ == "__main__":
    record()
