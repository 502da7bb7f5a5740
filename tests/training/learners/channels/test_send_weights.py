import numpy as np
import pytest

from training.learners.channels.send_weights import CLIP, send_weights


def test_weights_undo_a_house_rule_that_favours_some():
    """Half the people are sent to with probability .8, half with .4: weighted, both halves count alike again."""
    rng = np.random.default_rng(0)
    probability = np.where(np.arange(20_000) % 2, 0.8, 0.4)
    sent = (rng.random(20_000) < probability).astype(float)
    weight = send_weights(sent, sent, sent / probability)
    seen = sent > 0
    assert weight[seen].mean() == pytest.approx(1.0)
    often, rarely = (float((sent * weight)[probability == one].sum()) for one in (0.8, 0.4))
    assert often == pytest.approx(rarely, rel=0.05)
    assert sent[probability == 0.8].sum() > 1.9 * sent[probability == 0.4].sum()


def test_no_send_decides_and_what_was_not_drawn_counts_once():
    sent, drawn = np.array([1.0, 1.0, 1.0, 2.0, 0.0]), np.array([1.0, 1.0, 1.0, 0.0, 0.0])
    weight = send_weights(sent, drawn, np.array([100.0, 1.0, 1.0, 0.0, 0.0]))
    assert weight.tolist() == [CLIP[1], CLIP[0], CLIP[0], 1.0, 1.0]
    assert send_weights(sent, np.zeros(5), np.zeros(5)).tolist() == [1.0] * 5
