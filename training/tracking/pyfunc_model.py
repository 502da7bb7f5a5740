"""How MLflow loads a registered version: `mlflow.pyfunc.load_model("models:/<shop>.<task>@champion")`.

MLflow calls `_load_pyfunc` by name. A loader module rather than a pickled object: nothing is unpickled,
and the boosters are parsed only after their digests, kept in the registry's database, were compared.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from scoring.release import Model, read_model
from scoring.scorer import Scorer

if TYPE_CHECKING:
    import pandas as pd


class ScoringModel:
    """A model behind MLflow's interface: a frame of built columns in, a frame of answers out."""

    def __init__(self, model: Model) -> None:
        self._names = [feature.name for feature in model.features]
        self._scorer = Scorer([model], model.features)

    def predict(self, rows: "pd.DataFrame", params: dict[str, Any] | None = None) -> "pd.DataFrame":
        """Score rows; float64 columns named as the signature says, NaN is a missing value."""
        import pandas as pd

        matrix = rows[self._names].to_numpy(dtype="float32")
        return pd.DataFrame(self._scorer.answers(matrix), index=rows.index)


def _load_pyfunc(path: str) -> ScoringModel:
    from training.tracking.runs import digests_beside

    folder = Path(path)
    return ScoringModel(read_model(folder, digests_beside(folder)))
