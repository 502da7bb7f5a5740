"""What could be known is what inputs tell of people who were not learnt from, and nothing of those out of reach."""

import numpy as np

from operations.loop.knowable import knowable

rng = np.random.default_rng(1)
INPUTS = rng.normal(size=(600, 3)).astype(np.float32)
MAY = rng.random(600) < 0.8
SHOWN, HIDDEN = np.where(INPUTS[:, 0] > 0, 5.0, -5.0), rng.normal(0, 5, 600)


def test_what_inputs_show_is_told_and_what_they_hide_is_not():
    told = knowable(INPUTS, np.where(MAY[:, None], np.stack([SHOWN, HIDDEN], axis=1), -np.inf), MAY, 1)
    assert np.isneginf(told[~MAY]).all() and np.isfinite(told[MAY]).all()
    shown, hidden = (np.corrcoef(told[MAY, at], one[MAY])[0, 1] for at, one in enumerate((SHOWN, HIDDEN)))
    assert shown > 0.95 and abs(hidden) < 0.2
