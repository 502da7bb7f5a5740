"""What each rule costs: one more unit of a bound, and what the caps keep a night from earning; in numbers and words."""

from dataclasses import replace

from decisions.actions import Cap
from decisions.choose import share_out
from operations.deciding.decide import NightDecisions


def costs_of_rules(night: NightDecisions) -> dict[str, float]:
    """What each cap keeps the night from earning: the value without it, less the value with it; in money."""
    plan = night.menu.plan
    without = {
        f"{length} cap of {most}": replace(plan, caps=replace(plan.caps, **{length: None}))
        for length, most in (("week", plan.caps.week), ("month", plan.caps.month))
        if most is not None
    }
    for channel, cap in plan.channel_caps.items():
        caps = {**plan.channel_caps, channel: Cap()}
        lengths = " and ".join(
            f"{n} a {length}" for length, n in (("week", cap.week), ("month", cap.month)) if n is not None
        )
        without[f"{channel} cap of {lengths}"] = replace(plan, channel_caps=caps)
    stated = replace(night.setting, explore=plan.explore, prices={})
    now = night.shared.allocation.value
    return {
        name: max(
            0.0,
            share_out(night.customers, replace(night.menu, plan=other), night.effects, stated).allocation.value - now,
        )
        for name, other in without.items()
    }


def rules_in_words(night: NightDecisions) -> tuple[str, ...]:
    """What one more unit of each bound is worth, and what each cap costs; found once a night."""
    found = night.kept.get("rules")
    if found is None:
        found = night.kept["rules"] = (*_prices(night), *_caps(night))
    return found


def _prices(night: NightDecisions) -> list[str]:
    told = []
    for name, price in night.setting.prices.items():
        kind, _, which = name.partition(":")
        if round(price, 2) > 0:
            what = "unit of budget" if kind == "budget" else f"send by {which}" if kind == "channel" else which
            told.append(f"one more {what} is worth {_money(price, night)}")
    return told


def _caps(night: NightDecisions) -> list[str]:
    costs = costs_of_rules(night)
    return [f"the {name} costs {_money(cost, night)}" for name, cost in costs.items() if round(cost, 2) > 0]


def _money(amount: float, night: NightDecisions) -> str:
    return f"{amount:,.2f} {night.batch.shop.currency}".rstrip()
