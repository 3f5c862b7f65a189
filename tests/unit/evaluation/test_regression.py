"""Metrics of a regressor at the edges; `tests/reference` holds their values against River's."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamlr.components import Shape
from streamlr.evaluation import regression

ordinary = st.floats(-1e6, 1e6).map(lambda number: round(number, 3))


def fed(samples: list[tuple[float, float]], **settings: float) -> regression.State:
    """Return what is known after these (truth, said)."""
    config = regression.Config.model_validate(settings)
    state = regression.init(config, Shape(1, 0, 1))
    for truth, said in samples:
        regression.update(state, truth, said, 0.0, 0.0)
    return state


def test_before_anything_is_scored_nothing_is_known() -> None:
    metrics = regression.metrics(fed([]))
    assert tuple(metrics) == regression.VIEWS
    for view in metrics.values():
        assert set(view) == {*regression.METRICS}
        assert all(math.isnan(value) for value in view.values())


def test_labels_that_do_not_vary_cannot_be_explained() -> None:
    metrics = regression.metrics(fed([(3.0, 2.0)] * 5))["cumulative"]
    assert math.isnan(metrics["r2"])
    assert (metrics["mae"], metrics["rmse"]) == (1.0, 1.0)
    assert metrics["mae_mean"] == metrics["mae_no_change"] == 0.6  # at first both say 0


def test_the_last_error_is_the_loss() -> None:
    assert fed([(1.0, 0.0), (-2.0, 3.0)]).last_loss[0] == 5.0


def test_the_window_forgets_what_left_it() -> None:
    samples = [(float(place % 2), 9.0) for place in range(25)]
    samples += [(float(place % 2), float(place % 2)) for place in range(10)]
    metrics = regression.metrics(fed(samples, window=10))
    assert metrics["windowed"]["mae"] == 0.0
    assert metrics["windowed"]["r2"] == 1.0
    assert metrics["cumulative"]["mae"] > 5.0


def test_the_faded_view_halves_the_past() -> None:
    samples = [(1.0, 0.0)] * 5000 + [(1.0, 1.0)] * 50
    faded = regression.metrics(fed(samples, half_life=50.0))["faded"]
    assert faded["mae"] == pytest.approx(0.5, abs=1e-9)


def test_no_number_and_no_time_make_it_infinite() -> None:
    """Weights grow without end, and are brought down before they overflow."""
    samples = [(1e308, -1e308), (-1e308, 1e308)] * 1000
    state = fed(samples, half_life=1.0)
    assert all(np.isfinite(array).all() for array in state)
    for view in regression.metrics(state).values():
        assert all(np.isfinite(value) for value in view.values())


@given(st.lists(st.tuples(ordinary, ordinary), min_size=1, max_size=50))
def test_short_streams_fit_the_window(samples: list[tuple[float, float]]) -> None:
    metrics = regression.metrics(fed(samples))
    assert metrics["windowed"] == pytest.approx(metrics["cumulative"], nan_ok=True)
    assert metrics["cumulative"]["mae"] <= metrics["cumulative"]["rmse"] * (1 + 1e-12)
