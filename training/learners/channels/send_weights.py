"""How much a send counts in training: more where it was unlikely, so that each channel is learnt on everybody.

A shop sends on a channel mostly to those it thinks fit. Where the channel was drawn by lot and its probability logged
(`messages.propensity`), weights by its inverse undo that. They are stated relative to the channel's mean, so that
regularisation means the same with them, and clipped, so that no single send decides.

Source: Horvitz & Thompson (1952); Ionides (2008), Truncated importance sampling.
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

CLIP = (0.5, 2.0)


def send_weights(sent: Array, drawn: Array, inverse: Array) -> Array:
    """The weight of a row's sends through one channel; array (n,).

    Parameters
    ----------
    sent : array (n,)       messages sent
    drawn : array (n,)      how many of them have a logged propensity
    inverse : array (n,)    sum of 1 ÷ propensity over those

    Returns
    -------
    array (n,)      mean over the row's sends of (1 ÷ propensity) ÷ its mean over all rows, within CLIP; a send without
                    a propensity counts 1, and so does a row without sends
    """
    total = float(drawn.sum())
    if total == 0:
        return np.ones(len(sent))
    usual = float(inverse.sum()) / total
    mean = (inverse / usual + np.maximum(sent - drawn, 0.0)) / np.maximum(sent, 1.0)
    return np.where(sent > 0, np.clip(mean, *CLIP), 1.0)
