"""The segment view prints in both languages, a table a kind, the best channel named."""

from pathlib import Path

import pytest

from features.errors import PerennialError
from perennial.models.segmenting import show, tell_segments
from perennial.terminal.words import words_of
from training.evaluation.segments import SegmentChannels

FOUND = [
    SegmentChannels("stage", "at_risk", 1234, "contact", {"sms": 0.3, "email": 0.1}),
    SegmentChannels("stage", "loyal", 40, "contact", {"email": 0.25, "sms": 0.05}),
    SegmentChannels("stage", "loyal", 40, "purchase", {"mini_program": 1.0}),
]


def test_every_segment_has_a_line_and_its_best_channel(capsys: pytest.CaptureFixture[str]) -> None:
    show(FOUND, words_of("en"))
    lines = [line.split() for line in capsys.readouterr().out.splitlines() if line.strip()]
    assert ["at", "risk", "1,234", "30.0%", "10.0%", "sms"] in lines
    assert ["loyal", "40", "5.0%", "25.0%", "email"] in lines
    assert ["loyal", "40", "100.0%", "mini", "program"] in lines


def test_chinese_names_segments_and_channels(capsys: pytest.CaptureFixture[str]) -> None:
    show(FOUND, words_of("zh"))
    told = capsys.readouterr().out
    assert all(word in told for word in ("有流失风险", "忠诚", "短信", "邮件", "小程序", "消息得到回应的概率"))
    assert "at risk" not in told and "sms" not in told


def test_another_language_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PerennialError, match="Choose one of en, zh"):
        tell_segments(tmp_path, None, "fr", tmp_path)
