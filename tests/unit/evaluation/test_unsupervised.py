"""Reconstruction errors beside those of an opponent who knows the mean."""

import math

import numpy as np
import pytest

from streamlr.components import Shape
from streamlr.evaluation import unsupervised


def fed(samples: list[tuple[float, float]], **settings: float) -> unsupervised.State:
    """Return what is known after these (distance, distance to the mean)."""
    config = unsupervised.Config.model_validate(settings)
    state = unsupervised.init(config, Shape(1, 0, 1))
    for distance, to_mean in samples:
        unsupervised.update(state, 0.0, distance, to_mean, 0.0)
    return state


def test_before_anything_is_scored_nothing_is_known() -> None:
    metrics = unsupervised.metrics(fed([]))
    assert tuple(metrics) == unsupervised.VIEWS
    for view in metrics.values():
        assert set(view) == {*unsupervised.METRICS}
        assert all(math.isnan(value) for value in view.values())


def test_the_views_are_means_of_squares() -> None:
    random = np.random.default_rng(0)
    distance, to_mean = random.random((2, 700))
    samples = list(zip(distance.tolist(), to_mean.tolist(), strict=True))
    metrics = unsupervised.metrics(fed(samples, half_life=50.0, window=100))
    weights = {
        "cumulative": np.ones(700),
        "faded": 0.5 ** (np.arange(700)[::-1] / 50.0),
        "windowed": (np.arange(700) >= 600).astype(np.float64),
    }
    for view, weight in weights.items():
        error = np.average(distance**2, weights=weight)
        opponent = np.average(to_mean**2, weights=weight)
        assert metrics[view] == pytest.approx(
            {
                "reconstruction_error": error,
                "reconstruction_error_mean": opponent,
                "variance_explained": 1.0 - error / opponent,
            },
            rel=1e-9,
        )


def test_records_that_do_not_vary_cannot_be_explained() -> None:
    metrics = unsupervised.metrics(fed([(0.0, 0.0)] * 5))["cumulative"]
    assert math.isnan(metrics["variance_explained"])
    assert metrics["reconstruction_error"] == 0.0


def test_without_an_opponent_nothing_is_explained() -> None:
    metrics = unsupervised.metrics(fed([(0.5, math.nan)] * 5))["windowed"]
    assert metrics["reconstruction_error"] == 0.25
    assert math.isnan(metrics["variance_explained"])
    assert math.isnan(metrics["reconstruction_error_mean"])


def test_the_last_squared_distance_is_the_loss() -> None:
    assert fed([(1.0, 0.0), (3.0, 1.0)]).last_loss[0] == 9.0


def test_no_number_and_no_time_make_it_infinite() -> None:
    state = fed([(math.inf, 1e308)] * 5)
    state.weight[1] = 1e50
    unsupervised.update(state, 0.0, 2.0, 3.0, 0.0)
    assert state.weight[1] == 1.0
    assert np.isfinite(state.sums).all()
