"""A shop's plan: what its shop.toml lets be done, checked against the channels and features there are."""

from collections.abc import Iterable

from decisions.actions import Plan, PlanError, plan_of
from features.catalog import catalogue
from features.channels import KNOWN
from features.shop import Shop
from scoring.derived.derived import DERIVED

PLACE_COLUMNS = ("latitude", "longitude")


def shop_plan(shop: Shop) -> Plan:
    """The plan of a shop.

    Raises
    ------
    PlanError   if shop.toml declares what cannot be
    """
    plan = plan_of(shop.settings.deciding, {**KNOWN, **shop.settings.channels.stated})
    known = {column.name for column in catalogue()} | set(DERIVED)
    stems = {column.feature.name for column in catalogue()}
    for action in plan.actions:
        _refuse_unknown(action.never, known - set(DERIVED), f"[actions.{action.name}] never")
    for cause in shop.settings.deciding.get("causes", {}):
        _refuse_unknown(plan.causes[cause], known | stems, f"[causes] {cause}")
    return plan


def columns_of_plan(plan: Plan) -> frozenset[str]:
    """Feature columns that the plan looks at besides those of models and stages."""
    places = PLACE_COLUMNS if any(action.within_km is not None for action in plan.actions) else ()
    return frozenset([*places, *(name for action in plan.actions for name in action.never)])


def _refuse_unknown(names: Iterable[str], known: Iterable[str], where: str) -> None:
    lost = [name for name in names if name not in known]
    if lost:
        raise PlanError(
            f"shop.toml: {where} names '{lost[0]}', which is no feature. See perennial features for those there are."
        )
