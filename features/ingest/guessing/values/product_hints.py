"""What the columns of products give away: which tell of the product alone, and whether some rows have no number."""

from collections.abc import Mapping

from features.ingest.reading.casts import given
from features.ingest.reading.profile import SourceProfile
from features.ingest.source.database import identifier


def tells_of_products(profile: SourceProfile, found: Mapping[str, str], name: str) -> bool:
    """Whether a column is the same on every row of a product."""
    if name not in found or "product_id" not in found:
        return False
    picked = profile.picked(p=identifier(found["product_id"]), v=f"coalesce({_as_text(profile, found[name])}, '')")
    several, filled = profile.database.row(
        f"""SELECT count(*) FILTER (kinds > 1), coalesce(sum(kinds), 0)
            FROM (SELECT count(DISTINCT v) AS kinds FROM {picked} WHERE p IS NOT NULL GROUP BY p)"""
    )
    return bool(filled) and not several


def no_product(profile: SourceProfile, found: Mapping[str, str]) -> bool:
    """Whether rows name a product and have no number of it."""
    number, name = (_as_text(profile, found[one]) for one in ("product_id", "product_name"))
    query = f"SELECT 1 FROM {profile.picked(p=number, n=name)} WHERE p IS NULL AND n IS NOT NULL LIMIT 1"
    return bool(profile.database.rows(query))


def _as_text(profile: SourceProfile, name: str) -> str:
    return f"CAST({given(identifier(name), profile.raw.columns[name])} AS VARCHAR)"
