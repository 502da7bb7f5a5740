"""The table of the battery counts what pytest told."""

from benchmarks.battery import rows

REPORT = """<testsuites><testsuite>
<testcase classname="tests.faults.test_machines" name="test_full_disk[1]" time="1.5"/>
<testcase classname="tests.faults.test_machines" name="test_full_disk[2]" time="2.0"><failure message="no"/></testcase>
<testcase classname="tests.faults.test_the_night" name="test_late" time="0.1"><skipped message="no"/></testcase>
</testsuite></testsuites>"""


def test_a_row_a_test_with_its_cases(tmp_path):
    told = tmp_path / "report.xml"
    told.write_text(REPORT)
    assert rows(told, "c0de") == [
        {
            "test": "test_machines::test_full_disk",
            "cases": 2,
            "failed": 1,
            "skipped": 0,
            "seconds": 3.5,
            "code": "c0de",
        },
        {"test": "test_the_night::test_late", "cases": 1, "failed": 0, "skipped": 1, "seconds": 0.1, "code": "c0de"},
    ]
