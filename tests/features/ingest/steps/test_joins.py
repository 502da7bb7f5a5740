"""What rows take from other tables, and references that lead nowhere."""

import pytest

from features.errors import DataError
from features.ingest.steps.identities import secret_of
from tests.features.ingest.exports import HEADER, opened, rows

FIELDS = f"{HEADER},kind,channel,store_id"
ORDERS = f"{FIELDS}\n1,a,2020-01-01 10:00,5,order,web,s1\n1,a,2020-01-09,-5,return,store,s2\n"
SOME = "".join(f"{i},c,2020-01-02,1,order,web,s1\n" for i in range(100, 400))


def test_lines_take_customer_clocks_and_channel_from_their_order_or_its_return(tmp_path):
    shop = opened(
        tmp_path,
        orders__csv=ORDERS,
        order_lines__csv="order_id,product_id,quantity,amount\n1,p,1,5\n1,p,-1,-5\n",
        products__csv="product_id,category,brand\np,tea,own\n",
    )
    bought, returned = rows(shop, "order_lines")
    assert (bought["kind"], bought["channel"], bought["happened_at"].day) == ("order", "web", 1)
    assert (returned["kind"], returned["channel"], returned["happened_at"].day) == ("return", "store", 9)
    assert {(row["customer_id"], row["category"], row["brand"], row["department"]) for row in (bought, returned)} == {
        ("a", "tea", "own", None)
    }
    assert shop.present["order_lines"] >= {"customer_id", "happened_at", "known_at", "category", "brand", "channel"}
    assert "department" not in shop.present["order_lines"]


def test_lines_of_an_order_that_was_not_accepted_are_refused(tmp_path):
    lines = "order_id,product_id\n" + "".join(f"{i},p\n" for i in range(100, 400)) + "x,p\n"
    shop = opened(tmp_path, orders__csv=ORDERS + SOME, order_lines__csv=lines)
    (finding,) = shop.findings
    assert (finding.table, finding.column, finding.count, finding.example) == ("order_lines", "order_id", 1, "x/p")
    assert finding.reason == "the number of no accepted order"
    assert all(counted.adds_up for counted in shop.reconciliation)


def test_unknown_products_and_stores_are_a_warning_with_a_count(tmp_path):
    shop = opened(
        tmp_path,
        orders__csv=ORDERS + SOME,
        order_lines__csv="order_id,product_id\n100,p\n101,q\n102,q\n",
        products__csv="product_id\np\n",
        stores__csv="store_id,name\ns1,Main street\n",
    )
    found = {(f.table, f.column, f.count, f.severity, f.reason) for f in shop.findings}
    assert found == {
        ("order_lines", "product_id", 2, "warning", "a value unknown in table 'products'"),
        ("orders", "store_id", 1, "warning", "a value unknown in table 'stores'"),
    }
    assert len(rows(shop, "order_lines")) == 3


def test_responses_take_customer_channel_and_send_from_their_message(tmp_path):
    shop = opened(
        tmp_path,
        orders__csv=ORDERS,
        messages__csv="message_id,customer_id,happened_at,channel,campaign_id\nm,a,2020-01-01,mail,7\n",
        responses__csv="message_id,kind,happened_at\nm,Open,2020-01-03\nx,click,2020-01-03\n",
    )
    known = {row["message_id"]: row for row in rows(shop, "responses")}
    assert [known["m"][name] for name in ("customer_id", "channel", "campaign_id", "kind", "is_machine")] == [
        "a", "mail", "7", "open", False,
    ]  # fmt: skip
    assert (known["m"]["sent_at"].day, known["x"]["customer_id"]) == (1, None)
    (finding,) = shop.findings
    assert (finding.column, finding.count, finding.severity) == ("message_id", 1, "warning")


def test_a_value_outside_the_contract_is_refused_with_those_allowed(tmp_path):
    with pytest.raises(DataError, match=r"column 'kind': 1 row with a value that is none of delivered, bounce, open,"):
        opened(tmp_path, orders__csv=ORDERS, responses__csv="message_id,kind,happened_at\nm,licked,2020-01-03\n")


def test_versions_of_a_customer_are_rows_and_take_effect_when_known(tmp_path):
    shop = opened(
        tmp_path,
        orders__csv=ORDERS,
        customers__csv="customer_id,known_at,tier\na,,gold\na,2020-01-05,silver\na,2020-01-05,silver\n",
    )
    versions = rows(shop, "customers", "tier", "happened_at", "known_at")
    found = [(row["tier"], f"{row['happened_at']:%Y-%m-%d}") for row in versions]
    assert found == [("gold", "1970-01-01"), ("silver", "2020-01-05")]
    assert all(row["known_at"] == row["happened_at"] for row in versions)


def test_identities_are_hashed_with_the_shop_s_key(tmp_path):
    marks = (
        "source,source_customer_id,kind,value\n"
        "web,1,email,Jane@Doe.example\ncrm,2,email,jane@doe.example \n"
        "web,1,phone,+49 (170) 123-45\ncrm,2,phone,+4917012345\nweb,3,device,jane@doe.example\n"
    )
    shop = opened(tmp_path, orders__csv=ORDERS, identities__csv=marks)
    found = {(row["source"], row["kind"]): row["value"] for row in rows(shop, "identities")}
    assert found["web", "email"] == found["crm", "email"] != found["web", "device"]
    assert found["web", "phone"] == found["crm", "phone"]
    assert all(len(value) == 64 for value in found.values())
    key = tmp_path / "home" / "shops" / "shop"
    assert secret_of(key) == secret_of(key)
    assert (key / "identity.key").stat().st_mode & 0o077 == 0
    other = opened(tmp_path / "other", orders__csv=ORDERS, identities__csv=marks)
    assert {row["value"] for row in rows(other, "identities")}.isdisjoint(found.values())


def test_refused_identities_are_not_kept_in_clear(tmp_path):
    marks = "source,source_customer_id,kind,value\n" + "".join(f"web,{i},email,{i}@x.example\n" for i in range(200))
    shop = opened(tmp_path, orders__csv=ORDERS, identities__csv=marks + "web,,email,jane@doe.example\n")
    assert shop.reconciliation[-1].quarantined == 1
    assert all(b"doe.example" not in path.read_bytes() for path in shop.data.rglob("*") if path.is_file())


def test_a_response_to_a_message_that_was_withheld_is_refused(tmp_path):
    sent = "".join(f"m{i},a,2020-01-03,email,{'control' if i == 7 else 'policy'}\n" for i in range(300))
    opens = "".join(f"m{i},open,2020-01-04\n" for i in range(300))
    shop = opened(
        tmp_path,
        orders__csv=ORDERS + SOME,
        messages__csv=f"message_id,customer_id,happened_at,channel,arm\n{sent}",
        responses__csv=f"message_id,kind,happened_at\n{opens}",
    )
    (finding,) = shop.findings
    assert (finding.table, finding.column, finding.count) == ("responses", "message_id", 1)
    assert finding.reason == "the number of a message that was withheld (arm control): nobody can respond to it"
    kept = rows(shop, "responses")
    assert len(kept) == 299 and "m7" not in {row["message_id"] for row in kept}
    assert all(row["channel"] == "email" for row in kept)
    assert all(counted.adds_up for counted in shop.reconciliation)
