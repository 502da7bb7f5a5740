"""One worker process: its settings, what it serves from, and the calls bound to both."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from scoring.clock import as_utc, local_moment, now
from serving.calls import consent, predict, write
from serving.calls.customers import Asked
from serving.calls.predict import Result
from serving.contract import requests
from serving.contract import rows as sent
from serving.contract.ledger_rows import Event
from serving.contract.openapi import description
from serving.errors import RequestError
from serving.http.api_keys import Guard
from serving.http.application import HTML, Application
from serving.http.docs_page import docs_page
from serving.http.metrics import CONTENT_TYPE, Metrics
from serving.http.partial import parsed_events
from serving.http.routes import Caller, Kept, Page, Route, States
from serving.process.changes import Standing
from serving.process.decision_log import DecisionLog
from serving.process.eraser import Eraser
from serving.process.loaded import Live
from serving.process.reload import Watcher
from serving.process.upkeep import Upkeep
from serving.settings import Settings
from serving.snapshot.page_cache import PageKeeper
from serving.state.database import State
from serving.state.erasure import Erasure, erasure_of
from serving.state.events import events_of
from serving.state.watched import watched_page
from serving.ui.customer_page import CustomerPage
from serving.ui.report_page import report_pages
from serving.ui.sessions import Sessions
from serving.ui.site import Site
from serving.ui.today_page import TodayList
from serving.ui.visit import SitePage

_JSON = b"application/json"
Call = Callable[[Asked, Any], list[Result]]


class Worker:
    """Everything a worker process holds; made once, at its start.

    Parameters
    ----------
    preflight : as for the watcher

    Examples
    --------
    worker = Worker(read_settings(), Metrics(), Preflight()); worker.start(); … ; worker.stop()
    """

    def __init__(self, settings: Settings, metrics: Metrics, preflight: Callable[[Path], None]) -> None:
        self.settings = settings
        self.metrics = metrics
        self.state = State(settings.of_shop("state"))
        self.guard = Guard(settings.rate)
        self.standing = Standing(self.state, self.guard)
        self.decisions = DecisionLog(self.state)
        self.eraser = Eraser(self.state, settings.of_shop)
        self.keeper = PageKeeper(settings.keep_mb)
        self.watcher = Watcher(settings, metrics, self._take_up, preflight)
        self.upkeep = Upkeep(settings.watch_seconds, self._tell, self._look_after_keeper)
        idle = timedelta(minutes=settings.ui_minutes)
        sessions = Sessions(self.state, self.guard, self.standing.refresh, idle)
        self.site = Site(settings, sessions, self._site_pages())
        self.application = Application(
            settings, self._routes(), self._pages(), self._authorise, metrics, self._states(), self.site
        )
        self._lag: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Load the release and begin to follow it. Does not fail: /readyz says why it is not ready."""
        self.watcher.start()
        self.upkeep.look()
        self.upkeep.start()
        self.eraser.start()

    def started_loop(self) -> None:
        """To be called once the event loop runs."""
        self._lag = asyncio.get_running_loop().create_task(self.application.watch_lag())

    def stop(self) -> None:
        """Write what waits, let go of threads and files."""
        if self._lag is not None:
            self._lag.cancel()
        self.upkeep.stop()
        self.watcher.stop()
        self.eraser.stop()
        self.keeper.close()
        self.application.close()
        self.site.close()
        self.decisions.close()
        self.state.close()

    def _take_up(self, live: Live) -> None:
        self.standing.take_up(live)
        self.keeper.keep([*live.snapshot.files, *self.standing.files])

    def _routes(self) -> dict[str, Route]:
        asking: list[tuple[str, Any, Call]] = [
            ("churn", requests.Churn, predict.churn),
            ("next_purchase", requests.Customers, predict.next_purchase),
            ("channel_preference", requests.Customers, predict.channel_preference),
            ("predict", requests.Predict, predict.own),
            ("recommend", requests.Recommend, predict.recommend),
        ]
        routes = [Route(name, model, "read", self._asking(name, call), self._waits) for name, model, call in asking]
        routes += [
            Route("decide", requests.Decide, "read", self._decide, self._waits, lane="decide"),
            Route("profile", requests.Profile, "read", self._profile, _always),
            Route("events", sent.Events, "write", self._events, _always, parse=parsed_events),
            Route("consent", requests.Consent, "write", self._consent, _always),
            Route("consents", requests.Customers, "read", self._consents, _always),
            Route("erase", requests.Erase, "erase", self._erase, _always, status=_erase_status),
        ]
        return {f"/v1/{route.name}": route for route in routes}

    def _pages(self) -> dict[str, Page]:
        pages = {
            "/livez": Page("livez", lambda: (200, _JSON, b'{"live":true}')),
            "/readyz": Page("readyz", self._ready),
            "/metrics": Page("metrics", self._metrics_page, scope="read"),
        }
        if self.settings.docs:
            page = Page("docs", lambda: (200, _JSON, json.dumps(description()).encode()))
            told = docs_page(description())
            pages |= {"/docs.json": page, "/openapi.json": page, "/": Page("docs", lambda: (200, HTML, told))}
        return pages

    def _site_pages(self) -> dict[str, SitePage]:
        person = CustomerPage(self._ask, self._told_of)
        return {**TodayList(self._ask).pages, **person.pages, **report_pages(self.settings.of_shop("reports"))}

    def _states(self) -> dict[str, States]:
        return {"/v1/erase": States("erasure", self._erasure, "erase")}

    def _authorise(self, headers: Mapping[bytes, bytes], client: Any, scope: str) -> str:
        self.standing.refresh()  # keys, consents and events of other workers count from this call on
        return self.guard.authorise(headers, client, scope)

    def _asking(self, name: str, call: Call) -> Callable[[Any, Caller], Mapping[str, Any]]:
        def answer(request: Any, caller: Caller) -> Mapping[str, Any]:
            asked = self._asked(caller, request.customer_ids, {})
            return self._answer(name, asked.live, call(asked, request))

        return answer

    def _decide(self, request: requests.Decide, caller: Caller) -> Mapping[str, Any] | Kept:
        if self.decisions.full:
            raise RequestError(429, "overloaded", "The service is busy; try again shortly.", retry_after=1)
        live, moment = self._now()
        passed = self._passed(request, live, moment)
        known = self.standing.known
        asked = self._asked(caller, request.customer_ids, passed)
        results = predict.decisions(asked, request)
        decided = [(self.standing.canonical(one["customer_id"]), one) for one in results if "action" in one]
        whole = known if known == self.standing.known else None
        context = None if request.context is None else request.context.model_dump(exclude_defaults=True)
        waits = self.decisions.add(
            asked.live, asked.moment, caller.request_id, decided, known=whole, passed=passed, context=context
        )
        answer = self._answer("decide", asked.live, results)
        return answer if waits is None else Kept(answer, waits)

    def _profile(self, request: requests.Profile, caller: Caller) -> Mapping[str, Any]:
        asked = self._asked(caller, [request.customer_id], {})
        return self._answer("profile", asked.live, [self._told_of(asked, request)])

    def _told_of(self, asked: Asked, request: requests.Profile) -> Result:
        return write.profile(asked, self.state, self.standing.touches, request)

    def _events(self, request: sent.Events, caller: Caller) -> Mapping[str, Any]:
        live, moment = self._now()
        results = write.add_events(self.state, self.standing, request, moment, live, caller)
        return self._answer("events", live, results)

    def _consent(self, request: requests.Consent, _: Caller) -> Mapping[str, Any]:
        live, moment = self._now()
        return self._answer("consent", live, consent.add_consents(self.state, self.standing, request, live, moment))

    def _consents(self, request: requests.Customers, caller: Caller) -> Mapping[str, Any]:
        asked = self._asked(caller, request.customer_ids, {})
        return self._answer("consents", asked.live, consent.consents(asked, self.state, self.standing, request))

    def _erase(self, request: requests.Erase, caller: Caller) -> Mapping[str, Any]:
        live, _moment = self._now()
        row = live.snapshot.find(request.customer_id)
        linked = live.snapshot.keys_of(row) if row >= 0 else []
        found = self.eraser.erase(list(dict.fromkeys([request.customer_id, *linked])), caller.request_id)
        result = {"customer_id": request.customer_id, **_told(found)}
        return self._answer("erase", live, [result])

    def _erasure(self, request_id: str) -> Mapping[str, Any]:
        found = erasure_of(self.state, request_id)
        if found is None:
            raise RequestError(404, "not_found", "No erasure was asked for under this request_id.")
        return {"request_id": request_id, **_told(found)}

    def _asked(self, caller: Caller, customer_ids: Sequence[str], passed: Mapping[str, list[Event]]) -> Asked:
        live, moment = self._now()
        rows = self.standing.rows(live, customer_ids, passed)
        behind = set(self.standing.waiting(customer_ids)) - rows.keys()
        return Asked(live, self.standing.overlay, moment, live.texts[caller.language], rows, behind, passed)

    def _ask(self, language: str, customer_ids: Sequence[str]) -> Asked:
        """As a call would ask, for a page."""
        return self._asked(Caller("", language, ""), customer_ids, {})

    def _passed(self, request: requests.Decide, live: Live, moment: datetime) -> dict[str, list[Event]]:
        """Events that came with the call, by canonical id; they count for the customers it asks about."""
        passed: dict[str, list[Event]] = defaultdict(list)
        if request.events is not None:
            told = events_of(request.events, moment, live.zone, live.release.same, prefix="events.")
            for event in self.standing.attributed(told):
                if event.customer_id is not None:
                    passed[event.customer_id].append(event)
        return passed

    def _waits(self, request: Any) -> bool:
        passes = getattr(request, "events", None) is not None
        return passes or bool(self.standing.waiting(request.customer_ids))

    def _now(self) -> tuple[Live, datetime]:
        live = self.watcher.live
        if live is None:
            raise RequestError(503, "not_ready", "No release is loaded yet; see /readyz.", retry_after=5)
        return live, local_moment(now(), live.zone, self.settings.today)

    def _answer(self, name: str, live: Live, results: list[Result]) -> Mapping[str, Any]:
        for result in results:
            self.metrics.results.labels(name, result["status"]).inc()
            if result.get("band") is not None:
                self.metrics.bands.labels(result["band"]).inc()
            if "action" in result:
                self.metrics.actions.labels(result["action"], result["arm"]).inc()
        as_of = as_utc(live.snapshot.cutoff, live.zone)
        return {"results": results, "as_of": as_of, "model_versions": dict(live.versions)}

    def _ready(self) -> tuple[int, bytes, bytes]:
        live = self.watcher.live
        if live is None:
            return 503, _JSON, json.dumps({"ready": False, "why": self.watcher.why}).encode()
        told = {
            "ready": True,
            "shop": live.release.shop,
            "release": live.release.release_id,
            "model_versions": dict(live.versions),
            "snapshot": live.snapshot.name,
            "as_of": as_utc(live.snapshot.cutoff, live.zone),
            "refused": self.watcher.why or None,
        }
        return 200, _JSON, json.dumps(told).encode()

    def _metrics_page(self) -> tuple[int, bytes, bytes]:
        self._tell()
        watched = watched_page(self.settings.of_shop("state"))
        return 200, CONTENT_TYPE.encode(), self.metrics.text() + watched

    def _tell(self) -> None:
        """How this worker stands, for whichever is asked for /metrics."""
        if self.watcher.live is not None:
            self.standing.refresh()
            live, moment = self._now()
            self.metrics.snapshot_age.set(live.snapshot.age_days(moment.date()))
            events = list(self.standing.overlay.events.values())
            self.metrics.waiting.set(sum(map(len, events)))

    def _look_after_keeper(self) -> None:
        if self.keeper.look_after():
            self.metrics.keepers.inc()


def _told(erasure: Erasure) -> dict[str, Any]:
    return {"status": "ok" if erasure.done else "queued", "removed": erasure.removed if erasure.done else None}


def _erase_status(answer: Mapping[str, Any]) -> int:
    return 200 if answer["results"][0]["status"] == "ok" else 202


def _always(_: Any) -> bool:
    return True
