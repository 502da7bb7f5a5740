from datetime import datetime

from operations.monitor.findings import (
    EXIT_CODES,
    MEND_FEED,
    RECALIBRATE,
    URGENCY,
    WAIT,
    Alert,
    Findings,
    most_urgent_first,
)

AT = datetime(2026, 6, 1)


def asking(*advice: str) -> Findings:
    found = [Alert("drift", "shifted", f"column {number}", one) for number, one in enumerate(advice)]
    return Findings("corner-shop", AT, most_urgent_first(found))


def test_a_scheduler_sees_the_most_urgent_of_all() -> None:
    assert (asking().advice, asking().exit_code) == (WAIT, 0)
    assert asking(WAIT, WAIT).exit_code == 0
    found = asking(RECALIBRATE, WAIT, MEND_FEED, RECALIBRATE)
    assert [one.advice for one in found.findings] == [MEND_FEED, RECALIBRATE, RECALIBRATE, WAIT]
    assert [one.subject for one in found.findings][1:3] == ["column 0", "column 3"]
    assert (found.advice, found.exit_code) == (MEND_FEED, 6)


def test_no_code_is_one_of_the_commands_own_errors_and_more_urgent_is_higher() -> None:
    codes = [EXIT_CODES[advice] for advice in URGENCY]
    assert codes == sorted(codes)
    assert not {1, 2, 3, 130} & set(codes)
