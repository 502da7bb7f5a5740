from datetime import date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from features.build.calendar import calendar

EPOCH = datetime(2026, 1, 1)
DAYS = st.integers(0, 200)


@given(
    cutoffs=st.sets(DAYS, min_size=1, max_size=6),
    windows=st.sets(st.integers(1, 120), max_size=4),
    everything=st.booleans(),
    happened=st.integers(-150, 200),
    late=st.integers(0, 90),
)
def test_a_row_meets_exactly_the_cutoffs_and_windows_the_two_clocks_allow(cutoffs, windows, everything, happened, late):
    asked = [EPOCH + timedelta(days=day) for day in sorted(cutoffs)]
    order = [*sorted(windows), *([None] if everything or not windows else [])]
    time = calendar(asked, order)
    days = {row["day"]: row for row in time.days.to_pylist()}
    origin = {"slot": 0, "first": 0}

    def place(day: int) -> dict[str, int]:
        on = (EPOCH + timedelta(days=day)).date()
        return days.get(on, origin) if on < asked[-1].date() else {"slot": 10**6, "first": 10**6}

    slot, first = place(happened)["slot"], place(happened + late)["first"]
    met = {
        (row["asked"], window)
        for row in time.meeting.to_pylist()
        if row["slot"] == slot and first <= row["asked"]
        for rank, window in enumerate(order)
        if row["age"] <= rank
    }
    expected = {
        (number, window)
        for number, cutoff in enumerate(sorted(cutoffs))
        for window in order
        if happened + late < cutoff and (window is None or happened >= cutoff - window)
    }
    assert met == expected


def test_days_run_from_the_first_edge_to_the_day_before_the_last_cutoff():
    days = calendar([datetime(2026, 3, 1)], [7]).days["day"].to_pylist()
    assert (days[0], days[-1]) == (date(2026, 2, 22), date(2026, 2, 28))
