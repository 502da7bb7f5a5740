"""shop.toml as a person writes it, and as a person miswrites it."""

from dataclasses import replace
from datetime import time
from decimal import Decimal

import pytest

from features.channels import Channel, default
from features.errors import ShopError
from features.ingest.source.config import ShopOffer, read_config
from tests.features.ingest.exports import HEADER, TOML, lines, write

FULL = """
name = "my-shop"
timezone = "Asia/Shanghai"
currency = "CNY"
country = "CN"

[orders]
source = "orders.csv"
where = "amount > 0"
group = "order_id"
[orders.columns]
amount = "2 * amount"

[tasks]
horizon = "90d"
active_within = "52w"

[channels.whatsapp]
contact = "existing customers"
cost = 0.02
quiet = ["22:00", "08:30"]
[channels."Till 2"]
online = false
quiet = []
reached_by = ["Card"]

[contact.email]
basis = "existing customers, own similar products"

[business]
margin = 0.30
holdout_share = 0.1

[offers.win_back_voucher]
code = "BACK8"
cost = 8.0
assumed_effect = 0.05

[checks]
max_quarantined = 0.02
"""


def config(tmp_path, toml):
    return read_config(write(tmp_path, {"shop.toml": toml, "orders.csv": lines(1)}))


def test_everything_that_can_be_said(tmp_path):
    read = config(tmp_path, FULL)
    assert (read.name, read.timezone, read.currency) == ("my-shop", "Asia/Shanghai", "CNY")
    assert read.country == "CN"
    (orders,) = read.sources
    assert (orders.source, orders.where, orders.group) == ("orders.csv", "amount > 0", ("order_id",))
    assert dict(orders.columns or {}) == {"amount": "2 * amount"}
    said = read.settings
    assert (said.horizon_days, said.active_within_days, said.margin) == (90, 364, 0.30)
    assert (said.holdout_share, said.max_quarantined) == (0.1, 0.02)
    assert said.channels.contact == {
        "whatsapp": "existing customers",
        "email": "existing customers, own similar products",
    }
    assert said.channels["whatsapp"] == replace(
        default("whatsapp"), contact="existing customers", cost=Decimal("0.02"), quiet=(time(22), time(8, 30))
    )
    assert said.channels["Till 2"] == Channel("Till 2", online=False, quiet=None, reached_by=("card",))
    assert said.channels["email"].reached_by == ("email",)
    assert said.offers == {"win_back_voucher": ShopOffer("BACK8", Decimal("8.0"), 0.05)}


def test_nothing_need_be_said(tmp_path):
    read = read_config(write(tmp_path / "corner-shop", {"orders.csv": HEADER}))
    assert (read.name, read.timezone, read.currency) == ("corner-shop", "UTC", "")
    assert [source.source for source in read.sources] == ["orders.csv"]


WRONG = {
    "no TOML": ("name = ", r"shop.toml is not valid TOML: .* Mend that line"),
    "no country": ("country = 'China'", r"country 'China' is unknown\. Give the two capital letters of ISO 3166"),
    "an unknown table": ("[order]\nsource = 'a'", r"\[order\] is neither a table nor a section\. Known are orders, "),
    "a table without a source": ("[orders]\nwhere = 'a'", r'\[orders\] names no source\. Add source = "files_\*\.csv"'),
    "an unknown key": (TOML + "filter = 'a'", r"\[orders\] says 'filter', which means nothing here\. Known are "),
    "an unknown column": (TOML + "[orders.columns]\nprice = 'a'", r"\[orders\] maps 'price', but the table's columns"),
    "an unknown group": (TOML + "group = ['basket']", r"\[orders\] groups by 'basket', but the table's columns"),
    "a time zone that is none": ("timezone = 'Mars/Base'\n" + TOML, r"timezone 'Mars/Base' is unknown\. Give an IANA"),
    "a number for a name": ("name = 7\n" + TOML, r"name = 7 is no text"),
    "a share above one": (TOML + "[business]\nmargin = 30", r"\[business\] margin = 30 is no share\. Give a number"),
    "an odd length of time": (TOML + "[tasks]\nhorizon = '3 months'", r"\[tasks\] horizon: '3 months' is no length"),
    "an offer without cost": (TOML + "[offers.gift]\ncode = 'A'", r"\[offers\.gift\] needs a cost, such as"),
    "a channel without basis": (TOML + "[contact]\nemail = true", r"\[contact\.email\] needs a basis"),
    "an unknown property": (TOML + "[channels.web]\nprice = 1", r"\[channels\.web\] says 'price', which means nothing"),
    "a channel that is no section": (TOML + "[channels]\nweb = true", r"channels\.web = True is no section\. Write \["),
    "online as a text": (TOML + "[channels.web]\nonline = 'yes'", r"\[channels\.web\] online = 'yes' is neither true"),
    "consent without a reason": (TOML + "[channels.web]\ncontact = true", r"contact = True is no basis\. Write why"),
    "a cost below nothing": (TOML + "[channels.web]\ncost = -1", r"cost = -1 is no amount\. Give what one send costs"),
    "hours that are none": (TOML + "[channels.web]\nquiet = ['9', 'x']", r"quiet = \['9', 'x'\] is no pair of times\."),
    "reach as a text": (TOML + "[channels.web]\nreached_by = 'card'", r"reached_by = 'card' is no list\. Name kinds"),
    "two bases": (TOML + "[channels.a]\ncontact='x'\n[contact.a]\nbasis='y'", r"contact\.a\] and \[channels\.a\] st"),
    "a setting that is no section": ("tasks = '28d'\n" + TOML, r"tasks = '28d' is no section\. Write \[tasks\]"),
    "columns that are no expressions": (TOML + "[orders.columns]\namount = 7", r"column 'amount' = 7 is no text"),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_what_is_miswritten_is_named_with_the_remedy(what, tmp_path):
    toml, message = WRONG[what]
    with pytest.raises(ShopError, match=message):
        config(tmp_path, toml)


def test_a_shop_that_is_not_there(tmp_path):
    with pytest.raises(ShopError, match=r"There is no shop at .*nowhere\. Give the folder that holds shop\.toml"):
        read_config(tmp_path / "nowhere")
