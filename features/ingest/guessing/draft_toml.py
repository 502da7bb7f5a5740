"""A first shop.toml, commented, for a person to read through and mend."""

import json
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from features.errors import ShopError
from features.files import replacing
from features.ingest.guessing.infer_tables import guess
from features.ingest.guessing.inferred import Guess, both
from features.ingest.guessing.settle import Choose, settled


def write_draft(folder: Path, choose: Choose | None = None) -> Path:
    """Write FOLDER/shop.toml from what the folder's files look like.

    Parameters
    ----------
    choose : callable       asks a person which option of an open question to take; None takes the marked one

    Raises
    ------
    ShopError       if there is one already, or no file looks like orders
    """
    path = folder / "shop.toml"
    if path.exists():
        raise ShopError(f"{path} exists already. Change it by hand, or take it away and run again.")
    text = draft(folder, choose)
    with replacing(path) as part:
        part.write_text(text, encoding="utf-8")
    return path


def draft(folder: Path, choose: Choose | None = None) -> str:
    """The text of a commented shop.toml for the CSV and Parquet files of a folder.

    Raises
    ------
    ShopError       if no file looks like orders
    """
    guesses, others = guess(folder)
    said: dict[str, list[str]] = {}
    taken: list[Guess] = []
    further = ""
    for found in guesses:
        follows = found.table == "order_lines" and bool(taken) and found.source == taken[0].source
        found = replace(found, where=both(found.where, further)) if follows else found
        taken.append(settled(folder, found, choose, said))
        if found.table == "orders":
            further = taken[-1].where.removeprefix(found.where).removeprefix(" AND ")
    return _toml(folder, taken, others, said)


def _toml(folder: Path, guesses: Sequence[Guess], others: Sequence[str], said: Mapping[str, Sequence[str]]) -> str:
    currency = next((found.currency for found in guesses if found.currency), "")
    lines = [
        "# Guessed from the names and values of the files in this folder: read it through, then run",
        f"#   perennial check --shop {folder}",
        "",
        f"name = {_quoted(folder.resolve().name)}",
        'timezone = "UTC"    # moments without a zone are local to it: Europe/London, Asia/Shanghai …',
        f"currency = {_quoted(currency):9}# EUR, GBP, CNY …; all amounts are in one",
    ]
    for found in guesses:
        lines += ["", *_section(found), *(line for text in said.get(found.table, ()) for line in _comment(text))]
    if others:
        lines += ["", "# Not understood: " + ", ".join(others)]
    lines += [
        "",
        "# [tasks]                       # perennial check proposes both from the customers' own rhythm",
        '# horizon = "28d"',
        '# active_within = "91d"',
        "",
        "# [channels.email]              # a channel that may be used without a row in consents, and why",
        '# contact = "existing customers, own similar products"',
        "",
        "# [business]",
        "# margin = 0.30                 # share of sales; what a customer kept is worth",
        "",
        "# [offers.win_back_voucher]     # what a customer at risk is offered; without it everybody is left alone",
        '# code = "BACK8"',
        "# cost = 8.0                    # of one that is redeemed",
        "# assumed_effect = 0.05         # share of the value at stake it keeps, until that is measured",
    ]
    return "\n".join(lines) + "\n"


def _section(found: Guess) -> list[str]:
    off = "# " if found.missing else ""
    lines = [f"[{found.table}]", f"source = {_quoted(found.source)}"]
    if found.where:
        lines.append(f"where = {_quoted(found.where)}    # other rows are no orders")
    elif found.table == "orders":
        lines.append('# where = "…"                 # a condition over the columns: only such rows are read')
    if found.group:
        lines.append(
            f"group = [{', '.join(_quoted(name) for name in found.group)}]          "
            "# rows with one order number add up to one order"
        )
    if found.once:
        lines.append(f"once = [{', '.join(_quoted(name) for name in found.once)}]    # every row of an order states it")
    if found.keeps_alike:
        lines.append('duplicates = "keep"           # rows alike are several pieces')
    lines.append(f"[{found.table}.columns]")
    lines += [f"{column} = {_quoted(text)}" for column, text in found.columns.items()]
    lines = [off + line for line in lines]
    lines += [line for note in found.notes for line in _comment(f"look: {note}")]
    if found.table == "orders" and "order_id" not in found.columns:
        lines.append("# order_id: none found; customer and moment make one")
    if found.missing:
        lines.insert(0, f"# {found.table} needs {', '.join(found.missing)}, which no column seems to be:")
    if found.unused:
        lines += _comment("not used: " + ", ".join(found.unused))
    return lines


def _comment(text: str) -> list[str]:
    return textwrap.wrap(text, 110, initial_indent="# ", subsequent_indent="#   ", break_on_hyphens=False)


def _quoted(text: str) -> str:
    if '"' not in text and "\\" not in text:
        return f'"{text}"'
    return json.dumps(text, ensure_ascii=False) if "'" in text else f"'{text}'"
