"""Today's list: whom to contact, why, through what, when, and what it should bring; to read, filter and take along."""

import csv
import io
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from decisions.actions import DECISION_DAYS, LEAVE_ALONE
from scoring.spreadsheets import safe_cell
from serving.calls import predict
from serving.calls.customers import Asked
from serving.contract.requests import Decide
from serving.snapshot.decided import Decided
from serving.ui.contact_list import FIELDS, ContactList, contact_list, still_to_contact
from serving.ui.in_words import action_in_words, decision_in_words
from serving.ui.visit import Shown, SitePage, Visit

PAGE, FILE = "/ui/today", "/ui/today/file"
ON_A_PAGE = 50
MOST_IN_FILE = 5_000
_COLUMNS = ("customer_id", "action", "channel", "send_at", "offer_code", "expected_net_value", "stage", "cause",
            "reason_1", "reason_2", "reason_3", "decision_id", "expires_at")  # fmt: skip
Ask = Callable[[str, Sequence[str]], Asked]  # language and customer ids → everything a call may look at


@dataclass(frozen=True)
class _Chosen:
    """Those of the list that a person asked for.

    Attributes
    ----------
    places : in the list, in its order
    wanted : field → value, those that exist
    counts : field → value → how many of everybody
    everybody : how many may still be contacted, whatever was asked for
    """

    asked: Asked
    listed: ContactList
    places: NDArray[np.intp]
    wanted: Mapping[str, str]
    counts: Mapping[str, Mapping[str, int]]
    everybody: int

    def ids(self, begin: int, end: int) -> list[str]:
        """Their ids; one whose row is being erased has none any more."""
        snapshot = self.asked.live.snapshot
        found = (snapshot.customer_id(row) for row in self.listed.rows[self.places[begin:end]].tolist())
        return [one for one in found if one]


class TodayList:
    """The list and its file.

    Parameters
    ----------
    ask : what a call sees, at this moment
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._lock = threading.Lock()
        self._kept: tuple[Decided, ContactList] | None = None

    @property
    def pages(self) -> dict[str, SitePage]:
        """By path."""
        return {
            PAGE: SitePage("ui_today", self._page),
            FILE: SitePage("ui_today_file", self._file, ("POST",)),
        }

    def _page(self, visit: Visit) -> Shown:
        asked = self._ask(visit.words.language, [])
        age = asked.live.snapshot.age_days(asked.moment.date())
        day = visit.words.day((asked.live.snapshot.cutoff - timedelta(days=1)).date().isoformat())
        night = asked.live.decided
        if night is None or age >= DECISION_DAYS:
            lacks = "today_no_night" if night is None else "today_outdated"
            return visit.page("today", here="today", lacks=lacks, day=day)
        chosen = self._chosen(asked, night, visit)
        pages = max(1, -(-len(chosen.places) // ON_A_PAGE))
        number = min(max(_whole(visit.fields.get("page", "1")), 1), pages)
        ids = chosen.ids((number - 1) * ON_A_PAGE, number * ON_A_PAGE)
        rows, changed = self._rows(ids, visit)
        return visit.page(
            "today", here="today", lacks="", day=day, age=age, rows=rows, changed=changed, chosen=chosen,
            filters=_filters(chosen, visit), number=number, pages=pages, most=MOST_IN_FILE,
            first=(number - 1) * ON_A_PAGE + 1, last=(number - 1) * ON_A_PAGE + len(ids),
        )  # fmt: skip

    def _file(self, visit: Visit) -> Shown:
        asked = self._ask(visit.words.language, [])
        text = io.StringIO()
        lines = csv.writer(text, lineterminator="\r\n")
        lines.writerow(_COLUMNS)
        if asked.live.decided is not None:
            chosen = self._chosen(asked, asked.live.decided, visit)
            for result in self._results(chosen.ids(0, MOST_IN_FILE), visit.words.language):
                lines.writerow(_line(result))
        name = f"contact-list-{(asked.live.snapshot.cutoff - timedelta(days=1)):%Y-%m-%d}.csv"
        headers = (
            (b"content-type", b"text/csv; charset=utf-8"),
            (b"content-disposition", f'attachment; filename="{name}"'.encode()),
            (b"content-security-policy", b"default-src 'none'; sandbox"),
        )
        return Shown(b"\xef\xbb\xbf" + text.getvalue().encode(), headers)  # with its mark Excel reads UTF-8

    def _chosen(self, asked: Asked, night: Decided, visit: Visit) -> _Chosen:
        listed = self._listed(night)
        among = still_to_contact(listed, asked)
        given = {name: visit.fields.get(name, "") for name in FIELDS}
        wanted = {name: value for name, value in given.items() if value in listed.names[name]}
        counts = {name: listed.counts(name, among) for name in FIELDS}
        return _Chosen(asked, listed, listed.having(wanted, among), wanted, counts, int(among.sum()))

    def _listed(self, night: Decided) -> ContactList:
        """The night's list, found once."""
        with self._lock:
            if self._kept is None or self._kept[0] is not night:
                self._kept = (night, contact_list(night))
            return self._kept[1]

    def _rows(self, ids: Sequence[str], visit: Visit) -> tuple[list[dict[str, Any]], int]:
        """What is to be done at this moment; and for how many of them it is nothing any more."""
        asked, results = self._ask(visit.words.language, []), list(self._results(ids, visit.words.language))
        return [decision_in_words(asked, one, visit.words) for one in results], len(ids) - len(results)

    def _results(self, ids: Sequence[str], language: str) -> Iterable[dict[str, Any]]:
        """The answers of /v1/decide that act."""
        for begin in range(0, len(ids), ON_A_PAGE):
            some = list(ids[begin : begin + ON_A_PAGE])
            request = Decide.model_construct(customer_ids=some)  # ids of ours, whatever an export called people
            for result in predict.decisions(self._ask(language, some), request):
                if result.get("action", LEAVE_ALONE) != LEAVE_ALONE:
                    yield result


def _filters(chosen: _Chosen, visit: Visit) -> list[dict[str, Any]]:
    """A choice of values a field, each with how many have it."""
    words = visit.words

    def told(name: str, value: str) -> str:
        return action_in_words(chosen.asked, value, words) if name == "action" else words.name(value)

    return [
        {
            "name": name,
            "options": [(value, f"{told(name, value)} ({words.count(count)})") for value, count in counts.items()],
            "chosen": chosen.wanted.get(name, ""),
        }
        for name, counts in chosen.counts.items()
        if counts
    ]


def _line(result: Mapping[str, Any]) -> list[str]:
    reasons = [reason["text"] for reason in result["reasons"] if reason["effect"] > 0]
    offer = result["offer"] or {}
    texts = [
        result["customer_id"], result["action"], result["channel"], result["send_at"], offer.get("code"), None,
        result["stage"], result["cause"], *[*reasons, "", "", ""][:3], result["decision_id"], result["expires_at"],
    ]  # fmt: skip
    cells = [safe_cell(text or "") for text in texts]
    cells[5] = result["expected_net_value"] or ""  # a number, also below 0
    return cells


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 1
