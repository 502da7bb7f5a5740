"""What a caller gave `perennial.uplift`, held against its own rows before anything is learnt from it."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training.learners.uplift.trial import LEAST_ROWS
from training.task import TaskError

_FAR = 5.0  # standard errors
_MUCH = 0.2  # and this share of the rows: probabilities that seldom come leave a little untold in any trial


def checked_features(features: Any) -> pd.DataFrame:
    """The features, if they are a table whose columns have a name each.

    Raises
    ------
    TaskError       if they are no DataFrame, or two columns have one name
    """
    if not isinstance(features, pd.DataFrame):
        raise TaskError(f"features is a {type(features).__name__}, not a DataFrame. Give a column a name each.")
    twice = features.columns[features.columns.duplicated()]
    if len(twice):
        raise TaskError(f"features has two columns '{twice[0]}'. Give each a name of its own.")
    return features


def same_rows(features: pd.DataFrame, **given: Any) -> None:
    """Refuse Series and tables whose index is not that of the features: their rows could be other people's.

    Raises
    ------
    TaskError       names the first such argument
    """
    for what, values in given.items():
        if isinstance(values, pd.Series | pd.DataFrame) and not values.index.equals(features.index):
            raise TaskError(
                f"{what} has another index than features, so that a row of one may be another's in the other. Bring "
                f"them into one order, {what}.reindex(features.index), or give {what}.to_numpy() if they are in it."
            )


def actions_of(action: Any) -> list[str]:
    """The names of what rows were dealt.

    Raises
    ------
    TaskError       if a name is missing
    """
    told = np.asarray(action, dtype=object).tolist()
    lost = sum(1 for one in told if pd.isna(one))
    if lost:
        raise TaskError(f"action is missing in {lost:,} of {len(told):,} rows. Write the control's name for nothing.")
    return [str(one) for one in told]


def outcome_of(outcome: Any) -> NDArray[np.float64]:
    """Outcomes as numbers, missing ones among them.

    Raises
    ------
    TaskError       if they are no numbers
    """
    try:
        return np.asarray(outcome, dtype=np.float64)
    except (TypeError, ValueError):
        raise TaskError("outcome holds what is no number. Give money, or 1 and 0 for yes and no.") from None


def groups_of_rows(groups: Any, rows: int) -> NDArray[np.str_]:
    """Whose each row is; without `groups` every row is its own.

    Raises
    ------
    TaskError       if one is missing, or they are too few to tell how much chance there is
    """
    if groups is None:
        return np.arange(rows).astype(str)
    told = pd.Series(np.asarray(groups, dtype=object))
    if lost := int(told.isna().sum()):
        raise TaskError(f"groups is missing in {lost:,} of {len(told):,} rows. Give each row the one whose it is.")
    if (count := told.nunique()) < LEAST_ROWS:
        raise TaskError(
            f"groups names {count:,} groups; intervals draw groups and need {LEAST_ROWS} or more. Leave it out where "
            "every row is a customer of its own."
        )
    return np.asarray(told.astype(str), dtype=np.str_)


def check_dealt(propensity: NDArray[np.float64], action: NDArray[np.int64], names: tuple[str, ...]) -> None:
    """Refuse probabilities by which the arms would have come out otherwise.

    A row of an arm stands for 1 / probability rows, and all of the arm's for every row it could have been dealt to.

    Parameters
    ----------
    propensity : (n, k)     probability of every arm
    action : (n,)           place of the arm each row was dealt

    Raises
    ------
    TaskError       if an arm's rows stand for far more or fewer than there are, beyond chance
    """
    for place, name in enumerate(names):
        own = propensity[action == place, place]
        if not ((own > 0) & (own <= 1)).all():
            continue  # refused by what learns, with its own sentence
        stand, there = float((1 / own).sum()), int((propensity[:, place] > 0).sum())
        error = float(np.sqrt(((1 - own) / own**2).sum()))
        if abs(stand - there) > max(_FAR * error, _MUCH * there):
            raise TaskError(
                f"propensity does not fit action '{name}': the {len(own):,} rows dealt it stand for 1 / propensity "
                f"each, {stand:,.0f} in all, where there are {there:,}. Give the probability of the row's own action, "
                "by a table with a column an action where it differs (0 where it could not be dealt), or leave it out "
                "to have it estimated."
            )
