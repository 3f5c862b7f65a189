"""Page-Hinkley: the sums, written out over all values at once."""

import numpy as np
import pytest

from streamlr.components import DRIFT, NO_SIGNAL, Shape
from streamlr.detectors import page_hinkley as subject

SHAPE = Shape(features=1, classes=2, lanes=1)
NOISE = np.random.default_rng(2).standard_normal(600)
STEP = np.repeat([0.0, 2.0], 300)


def signals(values: np.ndarray, **settings: object) -> tuple[list[int], float]:
    state = subject.init(subject.Config.model_validate(settings), SHAPE)
    return [subject.update(state, value) for value in values.tolist()], state.severity[0]


def rises(values: np.ndarray, tolerance: float) -> np.ndarray:
    """Return the test's figure after each value: equation and all values at once, no fading."""
    means = np.cumsum(values) / np.arange(1, len(values) + 1)
    sums = np.cumsum(values - means - tolerance)
    return np.asarray(sums - np.minimum.accumulate(sums))


@pytest.mark.parametrize("threshold", [5.0, 20.0, 100.0])
@pytest.mark.parametrize("tolerance", [0.0, 0.1])
def test_the_first_alarm_is_where_the_equation_says(threshold: float, tolerance: float) -> None:
    values = NOISE + STEP
    expected = int(np.argmax(rises(values, tolerance) > threshold))
    told, _ = signals(
        values[: expected + 1],
        threshold=threshold,
        tolerance=tolerance,
        fading_factor=1.0,
        direction="up",
        min_values=1,
    )
    assert told == [NO_SIGNAL] * expected + [DRIFT]


def test_a_fall_is_a_rise_upside_down() -> None:
    up, severity = signals(NOISE + STEP, direction="up")
    down, opposite = signals(-NOISE - STEP, direction="down")
    assert DRIFT in up
    assert up == down
    assert severity == -opposite


@pytest.mark.parametrize(("direction", "sign"), [("up", -1.0), ("down", 1.0)])
def test_the_other_direction_is_not_watched(direction: str, sign: float) -> None:
    told, _ = signals(sign * STEP, threshold=5.0, direction=direction)
    assert DRIFT not in told[300:]
    both, _ = signals(sign * STEP, threshold=5.0)
    assert DRIFT in both[300:]


def test_severity_is_about_the_size_of_the_step() -> None:
    values = NOISE[:400] + STEP[:400]
    told, severity = signals(values)
    assert told.count(DRIFT) == 1
    assert 1.5 < severity < 2.1


def test_no_alarm_before_enough_values() -> None:
    burst = np.array([0.0] * 5 + [10.0] * 10)
    assert DRIFT in signals(burst, threshold=5.0, min_values=1)[0]
    assert DRIFT not in signals(burst, threshold=5.0, min_values=16)[0]


def test_what_is_within_the_tolerance_passes() -> None:
    drift = np.repeat([0.0, 0.2], 2000)
    assert DRIFT in signals(drift, tolerance=0.01, fading_factor=1.0)[0]
    assert DRIFT not in signals(drift, tolerance=0.2, fading_factor=1.0)[0]
