"""Records share marks with their person's other records, and hubs and mistakes blur it."""

import re
from collections.abc import Callable
from typing import Any

Ask = Callable[[str], list[tuple[Any, ...]]]
MARKS = "(SELECT *, lower(regexp_replace(value, '[ -]', '', 'g')) AS mark FROM identities)"


def test_hubs_exist(ask: Ask) -> None:
    rows = ask(f"SELECT kind, mark, count(*) AS records FROM {MARKS} GROUP BY 1, 2 HAVING records > 10")
    assert {kind for kind, *_ in rows} == {"email", "card"}
    assert max(records for *_, records in rows) >= 30


def test_nearly_all_second_records_share_a_mark_with_their_own_person(ask: Ask) -> None:
    marks = f"{MARKS} JOIN truth_identities USING (source, source_customer_id)"
    ((records, tied),) = ask(
        f"WITH marks AS (FROM {marks}) SELECT count(DISTINCT a.source_customer_id), "
        "count(DISTINCT a.source_customer_id) FILTER (b.mark IS NOT NULL) FROM marks a LEFT JOIN marks b ON "
        "a.person_id = b.person_id AND a.source <> b.source AND a.kind = b.kind AND a.mark = b.mark "
        "WHERE a.source <> 'crm'"
    )
    assert records > 500
    assert 0.95 < tied / records < 1.0


def test_few_marks_tie_strangers_together_but_for_hubs(ask: Ask) -> None:
    query = (
        f"SELECT count(DISTINCT person_id) AS persons, count(*) AS records FROM {MARKS} "
        "JOIN truth_identities USING (source, source_customer_id) GROUP BY kind, mark HAVING records BETWEEN 2 AND 10"
    )
    rows = ask(query)
    assert sum(persons > 1 for persons, _ in rows) < 0.01 * len(rows)


def test_values_are_made_up_and_written_in_more_than_one_way(ask: Ask) -> None:
    emails = [value for (value,) in ask("SELECT value FROM identities WHERE kind = 'email'")]
    phones = [value for (value,) in ask("SELECT value FROM identities WHERE kind = 'phone'")]
    assert all(re.fullmatch(r"(customer|till)\d+@example\.com", value, re.IGNORECASE) for value in emails)
    assert all(re.fullmatch(r"100 ?\d{4} ?\d{4}", value) for value in phones)
    assert any(value[0].isupper() for value in emails)
    assert any(" " in value for value in phones)


def test_ids_betray_no_person(ask: Ask) -> None:
    same = "a.person_id = b.person_id AND a.source < b.source AND a.source_customer_id[2:] = b.source_customer_id[2:]"
    ((count,),) = ask(f"SELECT count(*) FROM truth_identities a JOIN truth_identities b ON {same}")
    assert count < 5


def test_some_links_are_learnt_later(ask: Ask) -> None:
    late = f"SELECT count(*) FROM {MARKS} i JOIN customers c ON i.source_customer_id = c.customer_id "
    ((count,),) = ask(late + "WHERE i.source <> 'crm' AND i.happened_at > c.joined_at + INTERVAL 7 DAY")
    assert count > 50
