"""Prequential metrics at the edges; their values are held against River's in `tests/reference`."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from streamlr.components import NO_CLASS, Shape
from streamlr.evaluation import prequential


def fresh(**settings: float) -> prequential.State:
    return prequential.init(prequential.Config.model_validate(settings), Shape(1, 2, 1))


def test_before_anything_is_scored_nothing_is_known() -> None:
    for view in prequential.metrics(fresh()).values():
        assert all(math.isnan(value) for value in view.values())


def test_every_view_has_every_metric() -> None:
    metrics = prequential.metrics(fresh())
    assert tuple(metrics) == prequential.VIEWS
    of_two_classes = {"roc_auc"}  # which the window's samples are needed for
    assert set(metrics["windowed"]) == {*prequential.METRICS} | of_two_classes
    for view in ("cumulative", "faded"):
        assert set(metrics[view]) == {*prequential.METRICS}


def test_more_than_two_classes_have_no_roc() -> None:
    state = prequential.init(prequential.Config(), Shape(1, 3, 1))
    assert set(prequential.metrics(state)["windowed"]) == {*prequential.METRICS}


@pytest.mark.parametrize("given_to_label", [0.0, -1.0, 1e-300, 1e-7])
def test_log_loss_is_clipped(given_to_label: float) -> None:
    state = fresh()
    prequential.update(state, 1, 0, given_to_label, 0.5)
    assert state.last_loss[0] == pytest.approx(-math.log(1e-6))


@pytest.mark.parametrize("given_to_label", [1.0, 1.0 + 1e-15, 2.0])
def test_certainty_costs_nothing(given_to_label: float) -> None:
    state = fresh()
    prequential.update(state, 1, 1, given_to_label, 0.5)
    assert state.last_loss[0] == 0.0


def test_no_prediction_is_wrong() -> None:
    state = fresh()
    prequential.update(state, 0, NO_CLASS, 0.5, 0.5)
    prequential.update(state, 0, 0, 0.5, 0.5)
    for view in prequential.metrics(state).values():
        assert view["accuracy"] == pytest.approx(0.5, abs=1e-3)  # the faded one is just above


def test_an_opponent_that_is_always_right_cannot_be_beaten() -> None:
    state = fresh()
    for _ in range(5):
        prequential.update(state, 1, 1, 0.9, 0.5)
    cumulative = prequential.metrics(state)["cumulative"]
    assert cumulative["accuracy"] == 1.0
    assert math.isnan(cumulative["kappa"])


def test_the_window_forgets_what_left_it() -> None:
    state = fresh(window=10)
    for sample in range(35):
        prequential.update(state, 1, 0 if sample < 25 else 1, 0.9, 0.5)
    metrics = prequential.metrics(state)
    assert metrics["windowed"]["accuracy"] == 1.0
    assert metrics["cumulative"]["accuracy"] == pytest.approx(10 / 35)


def test_the_faded_view_halves_the_past() -> None:
    state = fresh(half_life=50.0)
    for _ in range(5000):
        prequential.update(state, 1, 0, 0.9, 0.5)
    for _ in range(50):
        prequential.update(state, 1, 1, 0.9, 0.5)
    assert prequential.metrics(state)["faded"]["accuracy"] == pytest.approx(0.5, abs=1e-9)


def test_the_faded_view_lasts() -> None:
    """Weights grow without end, and are brought down before they overflow."""
    state = fresh(half_life=1.0)
    for sample in range(3000):
        prequential.update(state, sample % 2, 1, 0.5, 0.5)
        assert np.isfinite(state.counts).all()
    assert state.weight[1] <= 1e200
    faded = prequential.metrics(state)["faded"]
    assert faded["accuracy"] == pytest.approx(2 / 3)
    assert faded["log_loss"] == pytest.approx(math.log(2))


@given(
    st.lists(
        st.tuples(st.integers(0, 1), st.integers(-1, 1), st.floats(0, 1)), min_size=1, max_size=50
    )
)
def test_short_streams_fit_the_window(scored: list[tuple[int, int, float]]) -> None:
    state = fresh()
    for label, predicted, probability in scored:
        prequential.update(state, label, predicted, probability, 0.5)
    metrics = prequential.metrics(state)
    roc_auc = metrics["windowed"].pop("roc_auc")
    assert math.isnan(roc_auc) == (len({label for label, _, _ in scored}) == 1)
    assert math.isnan(roc_auc) or 0 <= roc_auc <= 1
    assert metrics["windowed"] == pytest.approx(metrics["cumulative"], nan_ok=True)
    assert 0 <= metrics["faded"]["accuracy"] <= 1
    assert metrics["faded"]["log_loss"] <= -math.log(1e-6) * (1 + 1e-12)


@pytest.mark.parametrize(
    "settings", [{"half_life": 0.5}, {"half_life": 1e13}, {"window": 0}, {"window": 10**8}]
)
def test_impossible_settings_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(ValidationError, match=next(iter(settings))):
        prequential.Config.model_validate(settings)
