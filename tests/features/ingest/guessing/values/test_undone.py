"""Rows that are no orders by a flag, a payment's state, or because they sum up others."""

from features.ingest.guessing.draft_toml import draft
from features.ingest.guessing.values.undone import sums, undone, unnamed_state, untaken
from features.ingest.reading.profile import SourceProfile
from features.ingest.source.config import Source
from features.ingest.source.database import Database
from features.ingest.source.load import load
from tests.features.ingest.exports import write


def profiled(tmp_path, look, *lines):
    folder = write(tmp_path / "shop", {"orders.csv": "\n".join(lines) + "\n"})
    with Database([folder], tmp_path) as database:
        raw = load(database, Source("orders", "orders.csv"), [folder / "orders.csv"], folder, tmp_path)
        return look(SourceProfile(database, raw))


def test_flags_and_states_of_payment_undo_an_order(tmp_path):
    lines = ("order_id,is_cancelled,payment_status,test", "1,true,paid,0", "2,false,failed,0", "3,false,paid,1")
    found = profiled(tmp_path, lambda profile: dict(undone(profile, {"order_id": "order_id"})), *lines)
    assert found == {"payment_status": ("failed",), "is_cancelled": ("true",), "test": ("1",)}


def test_a_flag_that_every_row_has_says_nothing(tmp_path):
    assert profiled(tmp_path, lambda profile: list(undone(profile, {})), "order_id,test", "1,1", "2,1") == []


def test_sums_and_a_header_again_are_no_orders_and_a_person_of_that_name_is_one(tmp_path):
    found = {"order_id": "order_id", "customer_id": "customer"}
    lines = ("order_id,customer", "1,Total Care", "Subtotal 2025-09,", "order_id,customer", "小计,")
    name, values = profiled(tmp_path, lambda profile: sums(profile, found), *lines)
    assert name == "order_id" and set(values) == {"Subtotal 2025-09", "order_id", "小计"}
    only = profiled(
        tmp_path / "other", lambda profile: sums(profile, {"customer_id": "customer"}), "customer", "Total Care"
    )
    assert only == ("", ())


def test_the_draft_leaves_them_out_and_says_so(tmp_path):
    orders = [f"{i},c{i % 9},2025-01-{1 + i % 28:02},{i + 1}.5,{'yes' if i % 5 == 0 else 'no'}" for i in range(60)]
    text = "\n".join(["order_id,customer_id,date,total,cancelled", *orders, "Total,,,999,"]) + "\n"
    said = draft(write(tmp_path / "shop", {"orders.csv": text}))
    assert "cancelled IN ('yes')" in said and "NOT IN ('Total')" in said
    assert "look: left out as no orders: cancelled yes" in said
    assert "look: left out as sums of other rows, or a header again: order_id Total" in said


def test_states_under_a_name_that_tells_none_are_said(tmp_path):
    lines = ("order_id,outcome,place", "1,shipped,Test", "2,unpaid,Berlin", "3,cancelled,Paris", "4,shipped,Rome")
    found = profiled(tmp_path, lambda profile: dict(untaken(profile, {"order_id": "order_id"})), *lines)
    assert found == {"outcome": ("cancelled", "unpaid")}


def test_a_column_that_every_row_fills_is_the_state_and_one_with_blanks_is_not(tmp_path):
    lines = ("order_id,outcome", "1,shipped", "2,unpaid", "3,cancelled", "4,shipped")

    def look(profile):
        return unnamed_state(profile, {"order_id": "order_id"}, tuple(untaken(profile, {"order_id": "order_id"})))

    assert profiled(tmp_path, look, *lines) == ("outcome", ("cancelled", "unpaid"))
    assert profiled(tmp_path / "blank", look, *lines, "5,") == ("", ())
