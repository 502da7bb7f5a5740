"""Amounts as the CRM receives them."""

from decimal import Decimal

_CENT = Decimal("0.01")


def money(amount: Decimal | float) -> str:
    """An amount with two places: "84.20"."""
    return str(Decimal(amount).quantize(_CENT) + 0)
