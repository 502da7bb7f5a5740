"""The guide's figures are the code's."""

import ast
import importlib
import re
from pathlib import Path

import numpy as np
import pytest

from simulation.noise import Noise

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "world.md"
FIGURES = re.findall(r"`(\w+)\.(\w+) = ([^`]+)`", GUIDE.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("module", "name", "value"), FIGURES, ids=[f"{module}.{name}" for module, name, _ in FIGURES])
def test_figure(module: str, name: str, value: str) -> None:
    home = Noise() if module == "noise" else importlib.import_module(f"simulation.{module}")
    assert np.asarray(getattr(home, name)).tolist() == np.asarray(ast.literal_eval(value)).tolist()


def test_the_guide_names_every_blur() -> None:
    named = {name for module, name, _ in FIGURES if module == "noise"}
    assert named == set(vars(Noise()))
    assert len(FIGURES) > 40
