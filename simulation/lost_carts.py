"""Carts that were lost, and what brought their owners back, for the truth."""

import numpy as np
import pyarrow as pa

from simulation.columns import moments, numbered, words
from simulation.contract import missing
from simulation.dice import Bools, Ints
from simulation.ledger import Ledger
from simulation.state import World
from simulation.words import ABANDON_REASONS

CART_FORMS = {"cart_id": "cart", "person": "person", "happened_at": "moment", "reason": "word", "product_id": "product"}
RESCUE_FORMS = {"cart_id": "cart", "happened_at": "moment", "brought_back": "flag"}


def cart_ledgers() -> dict[str, Ledger]:
    """Where lost carts are kept, and the rescues that were read."""
    return {"carts": Ledger(CART_FORMS), "rescues": Ledger(RESCUE_FORMS)}


def lose(world: World, who: Ints, cart: Ints, second: Ints, reason: Ints, product: Ints) -> None:
    """Carts that nobody comes back for unless something brings them; all of shape (n,)."""
    world.condition.pending[who] = cart
    world.hidden["carts"].add(
        len(cart), cart_id=cart, person=who, happened_at=second, reason=reason, product_id=product
    )


def rescue(world: World, who: Ints, second: Ints, brought_back: Bools) -> None:
    """Keep what reading a rescue did; all of shape (n,)."""
    world.hidden["rescues"].add(
        len(who), cart_id=world.condition.pending[who], happened_at=second, brought_back=brought_back
    )


def lost_carts(world: World) -> pa.Table:
    """One row a cart lost before the export: whose, when, why, and whether a rescue that was read brought them back."""
    carts, rescues = world.hidden["carts"], world.hidden["rescues"]
    seen = carts.column("happened_at") < world.calendar.export
    number = carts.column("cart_id")[seen].astype(np.int64)
    read_at = np.full(len(number), missing("moment"), dtype=np.int64)
    brought = np.full(len(number), -1)
    place = np.searchsorted(number, rescues.column("cart_id"))
    known = place < len(number)
    known[known] = number[place[known]] == rescues.column("cart_id")[known]
    read_at[place[known]] = rescues.column("happened_at")[known]
    brought[place[known]] = rescues.column("brought_back")[known]
    return pa.table(
        {
            "cart_id": numbered(number, "cart"),
            "person_id": numbered(carts.column("person")[seen], "person"),
            "happened_at": moments(carts.column("happened_at")[seen]),
            "reason": words(carts.column("reason")[seen], ABANDON_REASONS),
            "product_id": numbered(carts.column("product_id")[seen], "product"),
            "rescue_read_at": moments(read_at),
            "brought_back": pa.array(brought == 1, mask=brought < 0),
        }
    )
