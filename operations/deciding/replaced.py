"""What a night had decided before it was decided anew: a CRM may have taken the earlier file already."""

from datetime import datetime

import pyarrow as pa
import pyarrow.parquet as pq

from decisions.actions import LEAVE_ALONE
from features.files import replacing
from features.shop import Shop
from operations import home

KEPT = ("decision_id", "customer_id", "action", "channel", "as_of", "expires_at")
_SAID = ("decision_id", "action", "channel")  # what makes two rows the same instruction


def keep_replaced(shop: Shop, cutoff: datetime) -> None:
    """Put by what the night's file says to do, before another takes its place; later nights count it as well.

    A file without its manifest was cut off while it was written, and nobody may have taken it.
    """
    path, aside = home.decisions(shop, cutoff), home.replaced(shop, cutoff)
    if not path.with_suffix(".manifest.json").is_file():
        return
    rows = pq.read_table(path, columns=list(KEPT), filters=[("action", "!=", LEAVE_ALONE)]).to_pylist()
    if aside.is_file():
        rows += pq.read_table(aside).to_pylist()
    once = {tuple(row[name] for name in _SAID): row for row in rows}
    schema = pa.schema([(name, pa.timestamp("us") if name == "as_of" else pa.string()) for name in KEPT])
    with replacing(aside) as part:
        pq.write_table(pa.Table.from_pylist([once[key] for key in sorted(once)], schema=schema), part)


def with_replaced(shop: Shop, decided: pa.Table, since: datetime, cutoff: datetime) -> pa.Table:
    """Earlier decisions, and those that others took the place of, until they expire: they may have been sent.

    Parameters
    ----------
    decided : columns as KEPT, `expires_at` local without an offset
    """
    stands = set(zip(*(decided[name].to_pylist() for name in _SAID), strict=True))
    found = []
    for path in sorted(home.all_decisions(shop).glob("*/replaced.parquet")):
        if f"{since:%Y-%m-%d}" <= path.parent.name < f"{cutoff:%Y-%m-%d}":
            for row in pq.read_table(path).to_pylist():
                ends = datetime.fromisoformat(row["expires_at"]).replace(tzinfo=None)
                if ends > cutoff and tuple(row[name] for name in _SAID) not in stands:
                    found.append({**row, "expires_at": ends.isoformat()})
    more = pa.Table.from_pylist(found, schema=decided.schema)
    return pa.concat_tables([decided, more]).sort_by("decision_id") if found else decided
