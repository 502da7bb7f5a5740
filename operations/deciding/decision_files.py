"""The files of a night's decisions: Parquet for programs, CSV for a CRM, and a manifest that is written last."""

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from decisions.actions import LEAVE_ALONE
from decisions.allocation.arms import ARMS, NOTHING
from decisions.allowed.channels import ChannelRules
from decisions.allowed.moments import expires_at, send_at
from decisions.receipts import decision_id, receipts
from decisions.stages import STAGES
from decisions.worth.worth import Effects
from features.files import replacing
from operations.deciding.decide import NightDecisions
from operations.deciding.rule_costs import rules_in_words
from operations.parts import key_of, places
from operations.score import TASKS
from operations.score_files import ALL, write_parts
from operations.score_files import run_key as scoring_key
from scoring.clock import minute_text
from scoring.uplift_names import TASK as UPLIFT
from serving.snapshot.snapshot import CustomerFacts


def decision_table(night: NightDecisions, facts: CustomerFacts, effects: Effects, at: slice = ALL) -> pa.Table:
    """One row a customer, in the columns of the data contract; of the customers `at` these places.

    Parameters
    ----------
    effects : of the night; asked for once, because they are those of everybody
    """
    batch, menu, chosen = night.batch, night.menu, night.shared.chosen.at(at)
    n = len(chosen.choice)
    cutoff = batch.cutoff.replace(tzinfo=ZoneInfo(batch.shop.timezone))
    customer_ids, choice = batch.customer_ids[at], chosen.choice
    key = night.setting.arm_key
    columns: dict[str, pa.Array] = {
        "customer_id": customer_ids,
        "decision_id": pa.array([decision_id(one, batch.cutoff, key) for one in customer_ids.to_pylist()], pa.string()),
        "action": _by_option(choice, [menu.action_of(k).name for k in range(len(menu.options))], LEAVE_ALONE),
        "channel": _by_option(choice, [menu.channel_of(k) for k in range(len(menu.options))], None),
        "send_at": pa.array(_moments(night, facts, cutoff, at), pa.string()),
        "offer_code": _by_option(choice, [offer and offer.code for offer in _offers(night)], None),
        "cause": _by_option(night.customers.cause[at], list(menu.plan.causes), None),
        "stage": _by_option(night.customers.stage[at], list(STAGES), None),
        "expected_net_value": _number(np.round(chosen.net, 4)),
        "uplift": _number(chosen.uplift[:, 0]),
        "uplift_low": _number(chosen.uplift[:, 1]),
        "uplift_high": _number(chosen.uplift[:, 2]),
        "cost": _number(chosen.cost),
        "arm": _by_option(chosen.arm, list(ARMS), None),
        "propensity": _number(chosen.propensity),
    }
    for task in (*TASKS, UPLIFT):
        columns[f"version_{task}"] = pa.array(
            [batch.models[task].version if task in batch.models else None] * n, pa.string()
        )
    columns["as_of"] = pa.array([batch.cutoff] * n, pa.timestamp("us"))
    columns["expires_at"] = pa.array([minute_text(expires_at(cutoff))] * n, pa.string())
    columns["receipt"] = pa.array(receipts(chosen, menu, night.setting, effects), pa.string())
    return pa.table(columns)


def write_policy(night: NightDecisions, path: Path) -> None:
    """Write what the policy took for each customer, lots aside: those of the holdout whom it would have given the same
    are whom the effect of what was given is told by.

    One row a customer to whom it gave something: customer_id, decision_id, as_of, action, channel, and the arm.
    """
    chosen, menu, cutoff = night.shared.chosen, night.menu, night.batch.cutoff
    given = chosen.policys != NOTHING
    customer_ids, policys, key = night.batch.customer_ids.filter(given), chosen.policys[given], night.setting.arm_key
    options = range(len(menu.options))
    columns = {
        "customer_id": customer_ids,
        "decision_id": pa.array([decision_id(one, cutoff, key) for one in customer_ids.to_pylist()], pa.string()),
        "as_of": pa.array([cutoff] * len(customer_ids), pa.timestamp("us")),
        "action": _by_option(policys, [menu.action_of(k).name for k in options], None),
        "channel": _by_option(policys, [menu.channel_of(k) for k in options], None),
        "arm": _by_option(chosen.arm[given], list(ARMS), None),
    }
    with replacing(path) as part:
        pq.write_table(pa.table(columns), part, compression="zstd")


def write_decisions(night: NightDecisions, facts: CustomerFacts, out: Path) -> dict[str, Path]:
    """Write a night's decisions as Parquet and CSV, then a manifest with rows, bytes and SHA-256.

    Returns
    -------
    dict        "parquet", "csv", "manifest" → path

    Raises
    ------
    ShopError   if the folder cannot be written; nothing is left half-written
    """
    effects = night.effects
    parts = (decision_table(night, facts, effects, at) for at in places(len(night.batch)))
    return write_parts(parts, out, lambda: _manifest(night))


def run_key(night: NightDecisions) -> str:
    """What makes two nights the same: what was scored, the plan, and the earlier decisions that counted."""
    says = [scoring_key(night.batch), repr(night.menu), night.seen, night.setting.holdout, repr(night.learnt)]
    return key_of(says)


def _manifest(night: NightDecisions) -> dict[str, Any]:
    shared, menu, plan = night.shared, night.menu, night.menu.plan
    options, counts = np.unique(shared.chosen.choice, return_counts=True)
    actions = Counter[str]()
    for option, count in zip(options.tolist(), counts.tolist(), strict=True):
        actions[LEAVE_ALONE if option == NOTHING else menu.action_of(option).name] += count
    return {
        "run_key": run_key(night),
        "shop": night.batch.shop.name,
        "as_of": night.batch.cutoff.isoformat(),
        "rows": len(night.batch),
        "actions": dict(sorted(actions.items())),
        "budget": plan.budget,
        "spent": round(float(shared.chosen.cost.sum()), 4),
        "reserved_for_exploration": round(shared.reserved, 4),
        "explore_stated": plan.explore,
        "explore": night.setting.explore,
        "holdout": night.setting.holdout,
        "prices": {name: round(price, 6) for name, price in night.setting.prices.items()},
        "rules": list(rules_in_words(night)),
        "learnt": [one.sentence for one in night.learnt],
        "expected_net_value": round(shared.allocation.value, 4),
        "gap": round(shared.allocation.gap, 6),
    }


def _offers(night: NightDecisions) -> list[Any]:
    return [night.menu.action_of(k).offer for k in range(len(night.menu.options))]


def _by_option(places: np.ndarray[Any, Any], names: list[Any], otherwise: str | None) -> pa.Array:
    """Names by place; `otherwise` for −1."""
    texts = np.array([*names, otherwise], dtype=object)  # −1 is the last
    return pa.array(texts[places.astype(np.intp)], pa.string())


def _number(values: np.ndarray[Any, Any]) -> pa.Array:
    return pa.array(values, pa.float64(), mask=np.isnan(values))


def _moments(night: NightDecisions, facts: CustomerFacts, cutoff: datetime, at: slice) -> list[str | None]:
    """When each message goes out; customers with the same hours share one answer."""
    known: dict[tuple[str, tuple[int, ...] | None, int | None], str] = {}
    rows = range(len(night.batch))[at]
    moments: list[str | None] = [None] * len(rows)
    for place in np.flatnonzero(night.shared.chosen.choice[at] != NOTHING).tolist():
        row = rows[place]
        channel = night.menu.channel_of(int(night.shared.chosen.choice[row]))
        hours, usual = facts.hours_of(row), facts.hour_of(row)
        alike = (channel, hours, usual)
        if alike not in known:
            known[alike] = minute_text(send_at(cutoff, hours, usual, facts.properties.get(channel, ChannelRules())))
        moments[place] = known[alike]
    return moments
