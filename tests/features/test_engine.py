"""What an engine is asked for before it starts."""

import pytest

from features.engine import MASTER, SHARED, Spark
from features.errors import FeatureError


def test_a_cluster_without_a_folder_its_executors_share_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SHARED, raising=False)
    monkeypatch.setenv(MASTER, "spark://head:7077")
    with pytest.raises(FeatureError, match="Name it: PERENNIAL_SPARK_SCRATCH=/shared/perennial"):
        Spark()
