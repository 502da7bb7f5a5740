"""The few facts only the retailer knows, as shop.toml."""

from pathlib import Path

_TEXT = """\
# A simulated shop: {customers} customers, {months} months, seed {seed}. Nobody in it exists.
name = "simulated-world"
timezone = "Asia/Shanghai"
currency = "CNY"

[tasks]
horizon = "28d"
active_within = "90d"

[channels.email]
contact = "existing customers, own similar products"

[business]
margin = 0.35
holdout_share = 0.05

[offers.win_back_voucher]
code = "BACK15"
cost = 12.0
assumed_effect = 0.05
"""


def write_shop_toml(folder: Path, customers: int, months: int, seed: int) -> None:
    """Write shop.toml into `folder`; the files beside it are canonical and need no further words."""
    text = _TEXT.format(customers=customers, months=months, seed=seed)
    (folder / "shop.toml").write_text(text, encoding="utf-8")
