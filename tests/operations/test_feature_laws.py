import ibis
import pytest

from features.errors import PerennialError
from features.feature import feature
from operations import feature_laws
from operations.feature_laws import hold


@feature(table="orders", windows=("90d",), unit="currency", empty=0)
def largest_order(orders):
    """The largest order. No orders means 0."""
    return orders.amount.max()


@feature(table="orders", windows=("90d",), unit="currency")
def some_amount(orders):
    """Whichever amount comes first in the file: the order of rows decides."""
    return orders.amount.arbitrary()


@feature(table="orders", unit="orders", empty=0)
def unheard_of(orders):
    """Orders through a channel that nobody has."""
    return orders.count(where=orders.channel == ibis.literal("carrier pigeon"))


@pytest.fixture(autouse=True)
def no_spark(monkeypatch):
    monkeypatch.setattr(feature_laws.importlib.util, "find_spec", lambda name: None)


def test_a_sound_feature_holds_every_law_and_an_arbitrary_one_breaks_one():
    laws = hold([largest_order, some_amount])
    broken = {law.name: law.broken for law in laws if law.broken}
    assert set(broken) == {"the order of rows changes nothing"}
    assert set(broken["the order of rows changes nothing"]) == {"some_amount_90d"}
    assert [law.skipped != "" for law in laws] == [False, False, False, False, True]


def test_a_feature_that_reads_nothing_is_not_said_to_hold():
    with pytest.raises(PerennialError, match="unheard_of is the same for every customer"):
        hold([unheard_of])
