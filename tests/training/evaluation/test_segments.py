"""Which channel serves which segment, counted by hand."""

import numpy as np

from training.evaluation.folds import Evaluation
from training.evaluation.segments import SegmentChannels, by_segment
from training.review.report.sections import segment_sections


def test_means_are_those_of_the_segments_own_customers_best_first() -> None:
    loyal = np.arange(50) < 30
    answers = {
        "contact_email": np.where(loyal, 0.2, 0.1),
        "contact_sms": np.where(loyal, 0.1, 0.3),
        "churn_probability": np.full(50, 0.5),
    }
    found = by_segment(answers, {"stage": np.where(loyal, "loyal", "at_risk")})
    assert [(one.segment, one.customers, one.kind, list(one.means)) for one in found] == [
        ("at_risk", 20, "contact", ["sms", "email"]),
        ("loyal", 30, "contact", ["email", "sms"]),
    ]
    np.testing.assert_allclose(list(found[1].means.values()), [0.2, 0.1])


def test_a_segment_of_few_customers_is_not_told_of() -> None:
    answers, groups = {"purchase_web": np.ones(30)}, {"stage": np.array(["new"] * 19 + ["loyal"] * 11)}
    assert by_segment(answers, groups) == []


def test_the_report_shows_a_table_a_kind_with_the_best_channel() -> None:
    told = (SegmentChannels("pace", "once", 40, "contact", {"sms": 0.3, "email": 0.1}),)
    (section,) = segment_sections(Evaluation({}, {}, {}, (), {}, (), {}, {}, segments=told))
    (table,) = section.tables
    assert list(table.rows) == [["pace: once", "40", "30.0%", "10.0%", "sms"]]
    assert segment_sections(Evaluation({}, {}, {}, (), {}, (), {}, {})) == []
