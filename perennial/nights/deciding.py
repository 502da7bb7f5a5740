"""`perennial decide`: a night's decisions, what each rule costs, and one decision told in words."""

import json
import math
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from decisions.actions import LEAVE_ALONE
from decisions.allocation.arms import ARMS, NOTHING
from features.errors import PerennialError
from features.shop import Shop
from features.tables import TABLES
from operations import home
from operations.deciding.decide import NightDecisions
from operations.deciding.rule_costs import rules_in_words
from operations.night import nightly
from operations.score import waiting_features
from perennial.nights.batch import cutoff_and_models, ends_today
from perennial.opening import cutoff_of, engine_named, opened_shop
from perennial.terminal.printing import counted, heading, say, table
from perennial.terminal.progress import progress_bar
from scoring.processors import threads
from training.tracking.store import Mlruns

WHY = {
    "suppressed": "profiling was withdrawn",
    "holdout": "the customer is in the holdout, left alone so that effects can be measured",
    "stage": "it is not meant for the customer's stage",
    "cause": "it does not answer the cause behind the customer's risk",
    "never": "a feature it names as `never` is not 0",
    "no_store_near": "no store lies within its reach",
    "cooldown": "it was sent or decided too recently",
    "no_consent": "no channel it may take is consented to and reaches the customer",
    "no_reach": "nobody may write to the customer on any channel",
    "week_cap": "the customer has had as many sends in 7 days as the caps allow",
    "month_cap": "the customer has had as many sends in 30 days as the caps allow",
    "no_value": "its effect was neither measured nor assumed, or the value at stake is unknown",
    "not_worth_it": "it costs more than it brings",
    "worth_less": "the chosen one is worth more",
    "budget": "others bring more for the money",
    "capacity": "others bring more for the place they take up",
    "lot": "the option was dealt by lot, to learn from it",
}


def decide_shop(
    path: Path,
    at: str | None,
    budget: float | None,
    out: Path | None,
    mlruns: Mlruns,
    engine_name: str,
    *,
    today: str | None = None,
    accept: bool = False,
) -> None:
    """Decide for everybody, and say what came out."""
    if budget is not None and not (math.isfinite(budget) and budget >= 0):
        raise PerennialError(f"--budget {budget} is no amount. Give what the run may cost, 0 or more.")
    if out is not None and out.resolve().parent == path.resolve() and out.stem in TABLES:
        raise PerennialError(
            f"--out {out} would be read as the shop's own table '{out.stem}' from then on. Give another name or folder."
        )
    engine = engine_named(engine_name)
    try:
        shop = opened_shop(path)
        ends = ends_today(shop, today)
        cutoff, models = cutoff_and_models(shop, at, ends, None, mlruns=mlruns)
        with progress_bar() as progress:
            night = nightly.run(
                shop,
                cutoff,
                models,
                home.scores(shop, cutoff),
                serve=True,
                latest=ends,
                accept=accept,
                also=waiting_features(shop, mlruns=mlruns),
                budget=budget,
                decisions_out=out,
                engine=engine,
                threads=threads(),
                progress=progress,
            )
    finally:
        engine.close()
    if night.decided is not None:
        tell(night.decided, shop)
    heading("Files")
    for kind, file in night.decision_files.items():
        say(f"  {kind:9} {file}")
    if night.snapshot is not None:
        say(f"  {'snapshot':9} {night.snapshot}")


def tell(decided: NightDecisions, shop: Shop) -> None:
    """Print what was decided, for how many, at what cost, and what the rules cost."""
    chosen, setting, plan = decided.shared.chosen, decided.setting, decided.menu.plan
    acted = int((chosen.choice != NOTHING).sum())
    say(
        f"Decided for {counted(len(decided.batch), 'customer')} of '{shop.name}' "
        f"as of {decided.batch.cutoff:%Y-%m-%d}: {acted:,} are given something, "
        f"{len(chosen.choice) - acted:,} are left alone."
    )
    arms = ", ".join(f"{name} {int((chosen.arm == place).sum()):,}" for place, name in enumerate(ARMS))
    say(f"  arms: {arms}; expected cost {_money(float(chosen.cost.sum()), shop)}"
        + ("" if plan.budget is None else f" of {_money(plan.budget, shop)}"))  # fmt: skip
    if setting.explore < plan.explore:
        say(f"  exploration shrank from {plan.explore:.1%} to {setting.explore:.2%}, what the bounds have room for")
    if not plan.actions:
        say(
            "  shop.toml declares no actions, so everybody is left alone; docs/guide/actions.md has a set to start with"
        )
    heading("Actions")
    rows = list(_rows(decided))
    table(("action", "channel", "customers", "expected cost", "expected net value"), rows,
          numbers=("customers", "expected cost", "expected net value"))  # fmt: skip
    for sentence in _effects(decided):
        say(f"  {sentence}")
    if decided.learnt:
        heading("What earlier decisions have shown")
        for one in decided.learnt:
            say(f"  {one.sentence}")
    told = rules_in_words(decided)
    if told:
        heading("What the rules cost")
        for sentence in told:
            say(f"  {sentence}")
    say(f"  at most {decided.shared.allocation.gap:.2%} below the best that is possible within the rules")


def explain_customer(path: Path, at: str | None, customer_id: str) -> None:
    """Tell the newest decision about a customer (or that of a cutoff) in words.

    Raises
    ------
    PerennialError      if there is none
    """
    shop = opened_shop(path)
    row = decision_of(shop, None if at is None else cutoff_of(shop, at), customer_id)
    for line in receipt_in_words(row, shop):
        say(line)


def decision_of(shop: Shop, cutoff: datetime | None, customer_id: str) -> dict[str, Any]:
    """The row of a decisions file about a customer.

    Raises
    ------
    PerennialError      if nothing was decided yet, or not about this customer
    """
    files = (
        sorted(home.all_decisions(shop).glob("*/decisions.parquet"))
        if cutoff is None
        else [home.decisions(shop, cutoff)]
    )
    if not files or not files[-1].is_file():
        raise PerennialError(f"nothing was decided for '{shop.name}' yet. Run: perennial decide --shop {shop.folder}")
    rows = pq.read_table(files[-1], filters=[("customer_id", "=", customer_id)]).to_pylist()
    if not rows:
        raise PerennialError(f"{files[-1]} has no decision about this customer: no order was known before its cutoff.")
    return dict(rows[0])


def receipt_in_words(row: dict[str, Any], shop: Shop) -> Iterator[str]:
    """A decision and its receipt, in sentences."""
    receipt, as_of = json.loads(row["receipt"]), row["as_of"]
    what = (
        "left alone"
        if row["action"] == LEAVE_ALONE
        else f"given '{row['action']}' by {row['channel']} at {row['send_at']}"
    )
    yield f"Customer {row['customer_id']}, as of {as_of:%Y-%m-%d}: {what}."
    yield f"  decision {row['decision_id']}, arm {row['arm']}, chosen with probability {row['propensity']:.4g}"
    yield f"  stage {row['stage']}, cause {row['cause'] or 'none that raises the risk'}"
    if row["action"] != LEAVE_ALONE:
        worth = "unknown" if row["expected_net_value"] is None else _money(row["expected_net_value"], shop)
        yield f"  expected net value {worth}, after an expected cost of {_money(row['cost'], shop)}"
        if row["uplift"] is not None:
            between = (
                "" if row["uplift_low"] is None else f", between {row['uplift_low']:+.3f} and {row['uplift_high']:+.3f}"
            )
            yield f"  changes the probability of an order by {row['uplift']:+.3f}{between}"
        if "effect" in receipt.get("assumed", ()):
            yield "  its effect is assumed, not measured"
        if "redemption" in receipt.get("assumed", ()):
            yield "  nobody records who redeems the offer: the probability of an order stands in"
    for action, rule in receipt["removed"].items():
        yield f"  not '{action}': {WHY[rule]} ({rule})"
    for name, price in receipt["prices"].items():
        yield f"  price of {name.replace(':', ' ')}: {price:g}"


def _effects(decided: NightDecisions) -> Iterator[str]:
    """Where the effects come from: of the uplift model, or nowhere but shop.toml."""
    proven = [name for name, word in decided.told.items() if word == 1]
    measured = {*proven, *(one.action for one in decided.learnt)}
    assumed = [action.name for action in decided.menu.plan.actions if action.assumed_effect is not None]
    assumed = [name for name in assumed if name not in measured]

    def corrected(name: str) -> str:
        word = decided.told.get(name)
        return name if word is None else f"{name} (corrected by what was seen, which counts {word:.0%})"

    if proven:
        yield f"what these bring is told by the uplift model, customer by customer: {', '.join(proven)}"
    if assumed:
        yield f"what these bring is assumed, not measured: {', '.join(map(corrected, assumed))}"


def _rows(decided: NightDecisions) -> Iterator[tuple[object, ...]]:
    chosen = decided.shared.chosen
    for k in np.unique(chosen.choice).tolist():
        mine = chosen.choice == k
        who = (LEAVE_ALONE, None) if k == NOTHING else (decided.menu.action_of(k).name, decided.menu.channel_of(k))
        worth = float(np.nansum(chosen.net[mine]))
        yield (*who, int(mine.sum()), f"{float(chosen.cost[mine].sum()):,.2f}", f"{worth:,.2f}")


def _money(amount: float, shop: Shop) -> str:
    return f"{amount:,.2f} {shop.currency}".rstrip()
