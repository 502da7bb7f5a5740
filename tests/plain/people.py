"""Plain definitions over customers and tickets: profile and service."""

from tests.oracle import Row, Seen, latest, mean, midnight_of, plain, silence

ONLINE = {"web", "app", "mini_program", "live", "social", "marketplace"}


def told(seen: Seen, name: str) -> float | None:
    return latest(seen.rows("customers"), name, clock="known_at")


def changes(seen: Seen, name: str) -> float:
    return max(len({row[name] for row in seen.rows("customers")} - {None}) - 1, 0)


@plain
def age(seen: Seen) -> float | None:
    born = told(seen, "birth_year")
    return None if born is None else seen.cutoff.year - born


@plain
def membership_days(seen: Seen) -> float | None:
    joined = told(seen, "joined_at")
    return None if joined is None else (seen.cutoff - midnight_of(joined)).days


@plain
def latitude(seen: Seen) -> float | None:
    return told(seen, "latitude")


@plain
def longitude(seen: Seen) -> float | None:
    return told(seen, "longitude")


@plain
def moves(seen: Seen) -> float:
    return changes(seen, "region")


@plain
def referred(seen: Seen) -> float:
    return any(row["referred_by"] is not None for row in seen.rows("customers"))


@plain
def acquired_online(seen: Seen) -> float | None:
    stated = [row for row in seen.rows("customers") if row["acquisition_channel"] is not None]
    newest = max((row["known_at"] for row in stated), default=None)
    return max((row["acquisition_channel"] in ONLINE for row in stated if row["known_at"] == newest), default=None)


@plain
def points(seen: Seen) -> float | None:
    return told(seen, "points")


@plain
def tier_changes(seen: Seen) -> float:
    return changes(seen, "tier")


@plain
def days_in_programme(seen: Seen) -> float | None:
    with_tier = [midnight_of(row["happened_at"]) for row in seen.rows("customers") if row["tier"] is not None]
    return (seen.cutoff - min(with_tier)).days if with_tier else None


@plain
def cases(seen: Seen) -> float:
    return len({row["ticket_id"] for row in seen.rows("tickets")})


@plain
def days_since_case(seen: Seen) -> float | None:
    return silence(seen, seen.rows("tickets"))


@plain
def case_topics(seen: Seen) -> float:
    return len({row["topic"] for row in seen.rows("tickets")} - {None})


def latest_versions(seen: Seen) -> list[Row]:
    newest: dict[str, Row] = {}
    for row in sorted(seen.known("tickets"), key=lambda row: (row["known_at"], row["happened_at"])):
        newest[row["ticket_id"]] = row
    return seen.within(list(newest.values()))


def closed(seen: Seen, row: Row) -> bool:
    return row["closed_at"] is not None and row["closed_at"] < seen.cutoff


@plain
def open_cases(seen: Seen) -> float:
    return len([row for row in latest_versions(seen) if not closed(seen, row)])


@plain
def hours_to_close(seen: Seen) -> float | None:
    hours = []
    for row in latest_versions(seen):
        if closed(seen, row):
            versions = [one for one in seen.known("tickets") if one["ticket_id"] == row["ticket_id"]]
            began = min(one["happened_at"] for one in versions)
            hours.append((row["closed_at"] - began).total_seconds() / 3600)
    return mean(hours)


@plain
def satisfaction(seen: Seen) -> float | None:
    return mean([row["satisfaction"] for row in latest_versions(seen) if row["satisfaction"] is not None])


@plain
def satisfaction_last(seen: Seen) -> float | None:
    return latest(latest_versions(seen), "satisfaction")
