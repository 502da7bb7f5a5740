import numpy as np
import pytest
from matplotlib.figure import Figure

from training.evaluation import curves
from training.review import plots

CHANCE = np.random.default_rng(3)
SCORE = CHANCE.random(300)
TRUTH = (CHANCE.random(300) < SCORE).astype(float)


def legend(picture: Figure) -> list[str]:
    found = picture.axes[0].get_legend()
    assert found is not None
    return [text.get_text() for text in found.get_texts()]


def test_model_and_baseline_stand_in_one_figure_with_figures_in_the_legend() -> None:
    model, baseline = curves.roc(TRUTH, SCORE), curves.roc(TRUTH, CHANCE.random(300))
    chance = curves.Curve(np.array([0.0, 1.0]), np.array([0.0, 1.0]))
    picture = plots.curves(
        "ROC", "false positive rate", "true positive rate", {"Perennial .83": model, "recency .50": baseline},
        chance=chance,
    )  # fmt: skip
    assert legend(picture) == ["random", "Perennial .83", "recency .50"]
    assert picture.axes[0].get_xlabel() == "false positive rate"


def test_a_figure_is_a_small_png_and_the_same_each_time() -> None:
    def draw() -> bytes:
        return plots.png(
            plots.reliability("Calibration", "predicted", "observed", {"a": curves.calibration(TRUTH, SCORE)})
        )

    first = draw()
    assert first.startswith(b"\x89PNG")
    assert len(first) < 100_000
    assert first == draw()


def test_bars_folds_and_coverage_are_drawn_with_their_names() -> None:
    bars = plots.bars("Importance", "share", {"silence": 0.6, "spend": 0.4}, {"silence": (0.5, 0.7)})
    folds = plots.folds(
        "AUC by fold", "AUC", ["2026-01-05", "2026-02-02"], {"Perennial": [0.8, 0.9], "recency": [0.7, 0.7]}
    )
    honest = plots.coverage("Quantiles", {"spend": {0.1: 0.12, 0.5: 0.49, 0.9: 0.91}})

    assert [label.get_text() for label in bars.axes[0].get_yticklabels()] == ["silence", "spend"]
    assert legend(folds) == ["Perennial", "recency"]
    assert legend(honest) == ["honest", "± 4 points", "spend"]


def test_drawing_leaves_a_notebooks_own_figures_alone() -> None:
    import sys

    plots.figure("Title", "x", "y")
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or not pyplot.get_fignums()


def test_a_channel_with_a_chinese_name_is_drawn_without_a_word_on_stderr(monkeypatch: pytest.MonkeyPatch) -> None:
    """Warnings are errors here; with a font of the machine the letters are drawn, without one as boxes."""
    drawn = plots.png(plots.bars("Importance", "share", {"鸽子": 0.6, "web": 0.4}, {}))
    with monkeypatch.context() as patched:
        patched.setattr(plots, "_wide_fonts", lambda: ())
        boxes = plots.png(plots.bars("Importance", "share", {"鸽子": 0.6, "web": 0.4}, {}))
    assert drawn.startswith(b"\x89PNG") and boxes.startswith(b"\x89PNG")
    assert (drawn == boxes) is not bool(plots._wide_fonts())
