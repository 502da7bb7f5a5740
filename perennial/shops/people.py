"""What the verbs about people print and write."""

from collections import Counter
from datetime import datetime
from pathlib import Path

from features.errors import PerennialError
from features.identity.resolve import HUB_LIMIT, unmerge, unmerged
from features.identity.settle import merge_log
from features.shop import Shop
from perennial.terminal.outputs import write_rows
from perennial.terminal.printing import heading, say, table


def report(shop: Shop, cutoff: datetime, out: Path | None) -> None:
    """Print how many records became how many persons, by what marks, and what was held back."""
    log = merge_log(shop, cutoff)
    if not log:
        say(f"Shop '{shop.name}' has no table 'identities': every customer_id is a person.")
        return
    links, held = log["links"], log["held"]
    records, persons = set(links["customer_id"].to_pylist()), set(links["person_id"].to_pylist())
    heading(f"Who is who at {cutoff:%Y-%m-%d}")
    say(f"{len(records):,} records are {len(persons):,} persons; every other record is a person of its own.")
    kinds = Counter(links["kind"].to_pylist())
    table(("mark", "links"), [(kind, count) for kind, count in kinds.most_common()], numbers=("links",))
    say(f"Held back: {len(held):,} marks that more than {HUB_LIMIT} records share; they link nobody.")
    for row in sorted(held.to_pylist(), key=lambda row: -row["sharing"])[:10]:
        say(f"{row['kind']} {row['value'][:12]}…: {row['sharing']:,} records", indent=2)
    say(f"Cut by hand: {len(unmerged(shop)):,} links.")
    if out is not None:
        write_rows(links, out)
        say(f"The merge log is in {out}.")


def cut(shop: Shop, record: str, kind: str, value: str, *, by: str, why: str) -> None:
    """Cut one link that the merge log of the newest cutoff shows.

    Raises
    ------
    PerennialError      if the log has no such link
    """
    log = merge_log(shop, shop.default_cutoff())
    links = log["links"].to_pylist() if log else []
    if not any((row["customer_id"], row["kind"], row["value"]) == (record, kind, value) for row in links):
        raise PerennialError(
            f"shop '{shop.name}' has no link of record '{record}' through {kind} {value[:12]}…. "
            "Take record, kind and value from the log: perennial people --shop … --out links.parquet."
        )
    unmerge(shop, record, kind, value, by=by, why=why)
    say(f"Cut. From the next run on {record} does not carry this {kind}; train and score again.")
