"""Metrics of a regressor against River's, and against their formulas where River has none."""

from typing import Any

import numpy as np
import pytest
from river import metrics, utils

from streamlr.components import Shape
from streamlr.evaluation import regression
from tests.reference.plain import Floats

ROWS, WINDOW, HALF_LIFE = 3_000, 300, 200.0
RIVERS: dict[str, Any] = {"mae": metrics.MAE, "rmse": metrics.RMSE, "r2": metrics.R2}


def stream() -> tuple[Floats, Floats]:
    """A label that wanders, far from 0, and predictions that get worse half way."""
    random = np.random.default_rng(0)
    truth = 1e3 + random.standard_normal(ROWS).cumsum()
    return truth, truth + random.standard_normal(ROWS) * np.where(np.arange(ROWS) < 1500, 1, 5)


def scored(rows: int) -> dict[str, dict[str, float]]:
    config = regression.Config(half_life=HALF_LIFE, window=WINDOW)
    state = regression.init(config, Shape(1, 0, 1))
    for truth, said in np.transpose(stream())[:rows]:
        regression.update(state, truth, said, 0.0, 0.0)
    return regression.metrics(state)


@pytest.mark.parametrize("rows", [20, 1000, ROWS])
def test_the_cumulative_view_is_rivers(rows: int) -> None:
    actual = scored(rows)["cumulative"]
    rivers = {name: metric() for name, metric in RIVERS.items()}
    for truth, said in np.transpose(stream())[:rows].tolist():
        for metric in rivers.values():
            metric.update(truth, said)
    for name in ("mae", "rmse"):
        assert actual[name] == pytest.approx(rivers[name].get(), rel=1e-9)
    assert actual["r2"] == pytest.approx(rivers["r2"].get(), rel=1e-9, abs=1e-9)


def test_the_window_is_rivers() -> None:
    actual = scored(ROWS)["windowed"]
    for name in ("mae", "rmse"):
        rolling: Any = utils.Rolling(RIVERS[name], WINDOW)
        for truth, said in np.transpose(stream()).tolist():
            rolling.update(truth, said)
        assert actual[name] == pytest.approx(rolling.get(), rel=1e-9)


@pytest.mark.parametrize("rows", [20, WINDOW, WINDOW + 1, ROWS])
def test_every_view_is_its_formula(rows: int) -> None:
    truth, said = (column[:rows] for column in stream())
    means = np.append(0.0, truth.cumsum() / np.arange(1, rows + 1))
    before, previous = means[:-1], np.append(0.0, truth[:-1])
    spread = (truth - before) * (truth - means[1:])
    age = np.arange(rows)[::-1]
    weights = {
        "cumulative": np.ones(rows),
        "faded": 0.5 ** (age / HALF_LIFE),
        "windowed": (age < WINDOW).astype(np.float64),
    }
    actual = scored(rows)
    for view, weight in weights.items():
        squared = weight @ (truth - said) ** 2
        expected = {
            "mae": weight @ np.abs(truth - said) / weight.sum(),
            "rmse": np.sqrt(squared / weight.sum()),
            "r2": 1.0 - squared / (weight @ spread),
            "mae_mean": weight @ np.abs(truth - before) / weight.sum(),
            "mae_no_change": weight @ np.abs(truth - previous) / weight.sum(),
        }
        assert actual[view] == pytest.approx(expected, rel=1e-8), view
