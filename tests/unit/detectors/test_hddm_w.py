"""HDDM-W: what two blocks of equal values must lead to, from the sums of the weights alone."""

import numpy as np
import pytest

from streamlr.components import DRIFT, NO_SIGNAL, WARNING, Shape
from streamlr.config import build
from streamlr.detectors import hddm_w as subject
from streamlr.errors import ConfigurationError

SHAPE = Shape(features=1, classes=2, lanes=1)
QUIET = 100


def signals(values: np.ndarray, **settings: object) -> tuple[list[int], float]:
    state = subject.init(subject.Config.model_validate(settings), SHAPE)
    return [subject.update(state, value) for value in values.tolist()], state.severity[0]


def squares(weight: float, values: int) -> float:
    """Return the sum of squared weights after so many values, in closed form."""
    rest = (1 - weight) ** (2 * values)
    return rest + weight * weight * (1 - rest) / (1 - (1 - weight) ** 2)


def needed(weight: float, confidence: float, gap: float) -> int:
    """Return how many values it takes until a gap is beyond McDiarmid's bound."""
    for values in range(1, 1000):
        both = squares(weight, QUIET) + squares(weight, values)
        if gap > np.sqrt(both * np.log(1 / confidence) / 2):
            return values
    raise AssertionError


@pytest.mark.parametrize("weight", [0.05, 0.02])
@pytest.mark.parametrize("gap", [1.0, 0.7])
@pytest.mark.parametrize(("drift", "warning"), [(0.001, 0.005), (0.01, 0.05)])
def test_a_jump_is_met_as_soon_as_its_bound_allows(
    weight: float, gap: float, drift: float, warning: float
) -> None:
    warned, alarmed = needed(weight, warning, gap), needed(weight, drift, gap)
    assert 1 < warned < alarmed
    told, severity = signals(
        np.repeat([0.1, 0.1 + gap], [QUIET, alarmed]),
        smoothing_factor=weight,
        drift_confidence=drift,
        warning_confidence=warning,
    )
    assert told == ([NO_SIGNAL] * (QUIET + warned - 1) + [WARNING] * (alarmed - warned) + [DRIFT])
    assert severity == pytest.approx(gap)


def test_a_fall_only_counts_two_sided() -> None:
    fall = np.repeat([1.0, 0.0], [QUIET, 30])
    assert set(signals(fall)[0]) == {NO_SIGNAL}
    told, severity = signals(fall, two_sided=True)
    assert told.index(DRIFT) == QUIET + needed(0.05, 0.001, 1.0) - 1
    assert severity == pytest.approx(-1.0)


def test_two_sided_hears_a_rise_as_before() -> None:
    values = np.where(np.random.default_rng(4).random(1000) < np.repeat([0.1, 0.7], 500), 1.0, 0.0)
    alarm = signals(values)[0].index(DRIFT)
    assert alarm >= 500
    told, severity = signals(values[: alarm + 1], two_sided=True)
    assert told[-1] == DRIFT
    assert severity > 0


def test_confidences_in_the_wrong_order_are_told() -> None:
    tables = {"source": {"type": "simulator"}, "stream": {"label": "y"}}
    with pytest.raises(ConfigurationError) as caught:
        build({**tables, "detector": {"type": "hddm-w", "warning_confidence": 1e-4}})
    assert caught.value.faults == (
        "[detector] warning_confidence = 0.0001: it may not be below drift_confidence, 0.001",
    )
