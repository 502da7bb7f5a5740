"""What a decision has to show for itself, as text: what removed the other actions, at which prices, on whose word."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np

from decisions.allowed.eligibility import Menu, Rule
from decisions.choose import Chosen, Setting
from decisions.worth.worth import Effects

_DIGITS = 6


def decision_id(customer_id: str, as_of: datetime, key: str, then: str = "") -> str:
    """The number of the one decision about a customer at a cutoff; of a later one, for what was known `then`."""
    told = f"{customer_id}\0{as_of.isoformat()}\0{then}".encode()
    return hashlib.blake2b(told, key=key.encode()[:64], digest_size=12, person=b"decision").hexdigest()


def receipt(removed: Sequence[int], option: int, menu: Menu, setting: Setting, effects: Effects) -> dict[str, Any]:
    """The receipt of one decision.

    Parameters
    ----------
    removed : a code of decisions.allowed.eligibility.Rule for each of the plan's actions
    option : what was chosen, −1 for nothing
    """
    told: dict[str, Any] = {
        "removed": {
            action.name: Rule(code).told
            for action, code in zip(menu.plan.actions, removed, strict=True)
            if code != Rule.ALLOWED
        },
        "prices": {name: round(price, _DIGITS) for name, price in setting.prices.items() if round(price, _DIGITS) > 0},
    }
    assumed = _assumed(option, menu, effects)
    return told | ({"assumed": assumed} if assumed else {})


def receipts(chosen: Chosen, menu: Menu, setting: Setting, effects: Effects) -> list[str]:
    """The receipts of many as JSON text; customers with the same share one text."""
    keys = np.concatenate([chosen.choice[:, None], chosen.removed.astype(np.int16)], axis=1)
    rows = np.ascontiguousarray(keys).view(np.dtype((np.void, keys.dtype.itemsize * keys.shape[1]))).ravel()
    _, first, place = np.unique(rows, return_index=True, return_inverse=True)
    texts = [
        as_text(receipt(chosen.removed[at].tolist(), int(chosen.choice[at]), menu, setting, effects)) for at in first
    ]
    return [texts[at] for at in place.tolist()]


def as_text(told: Mapping[str, Any]) -> str:
    """A receipt as the file holds it."""
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def _assumed(option: int, menu: Menu, effects: Effects) -> list[str]:
    """What nobody measured of the option: its effect, who redeems its offer."""
    if option < 0:
        return []
    action = menu.action_of(option)
    effect = effects.of(action.name, menu.channel_of(option))
    measured = effect is not None and effect.word == 1
    offer = action.offer is not None and not action.offer.in_amount and action.offer.cost > 0
    return [*([] if measured else ["effect"]), *(["redemption"] if offer else [])]
