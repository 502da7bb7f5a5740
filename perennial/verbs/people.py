"""Verbs about who is who: people, unmerge."""

from pathlib import Path
from typing import Annotated

import typer

from perennial.terminal.options import HERE, At, Shop
from perennial.terminal.outputs import CSV, PARQUET, ends_in
from perennial.verbs import add


def register(app: typer.Typer) -> None:
    """Add the group's verbs to the command line."""
    add(app, people, unmerge)


def people(
    shop: Shop = HERE,
    at: At = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="PATH", callback=ends_in(PARQUET, CSV), help="Write the merge log there: .parquet or .csv."
        ),
    ] = None,
) -> None:
    """Say which records are one person, and by what evidence.

    Records that share a mark of the table `identities` (an e-mail, a phone, a card, as keyed hashes) are one person
    from the moment the link was known. A mark that too many records share links nobody and is listed as held back.

    Example: perennial people --shop exports/ --out links.parquet

    Writes one row a link: person_id, customer_id, kind, value (hashed), shown_at, sharing.
    """
    from perennial.opening import cutoff_of, reading_shop
    from perennial.shops.people import report

    with reading_shop(shop) as opened:
        report(opened, cutoff_of(opened, at), out)


def unmerge(
    record: Annotated[str, typer.Option("--record", metavar="ID", help="The record that does not carry the mark.")],
    kind: Annotated[str, typer.Option("--kind", metavar="KIND", help="The mark's kind, such as email.")],
    value: Annotated[str, typer.Option("--value", metavar="HASH", help="The mark's hash, as the merge log shows it.")],
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Who decided it.")],
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="Why the link is wrong.")],
    shop: Shop = HERE,
) -> None:
    """Cut one link of the merge log for good.

    Features, snapshot and scores of the next run know the records as two persons again, at every cutoff: the link was
    never true.

    Example: perennial unmerge --shop exports/ --record 1042 --kind email --value 5f1d… --by Ada --why "two sisters"

    Writes PERENNIAL_HOME/shops/<shop>/unmerged.jsonl, which later deliveries of data leave as it is.
    """
    from perennial.opening import reading_shop
    from perennial.shops.people import cut

    with reading_shop(shop) as opened:
        cut(opened, record, kind, value, by=by, why=why)
