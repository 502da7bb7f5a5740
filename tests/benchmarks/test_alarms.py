"""The benchmark of alarms, reduced: no more false alarms than chance allows, and every shift found."""

from benchmarks.alarms import shifted, staying, unchanged


def test_unchanged_nights_of_200_columns_alarm_rarely_and_shifted_ones_nearly_always():
    """At one in a hundred, 60 nights bring four alarms or fewer 997 times in 1,000."""
    assert unchanged(1_000, 60)["alarms"] <= 4
    assert shifted(1_000, 20)["alarms"] >= 19


def test_customers_shared_out_keep_the_rate_though_they_stay():
    assert staying(600, 2, apart=True)["alarms"] <= 4
