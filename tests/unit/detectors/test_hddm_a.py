"""HDDM-A: means and Hoeffding's bounds, written out over all values at once."""

import numpy as np
import pytest

from streamlr.components import DRIFT, NO_SIGNAL, WARNING, Shape
from streamlr.config import build
from streamlr.detectors import hddm_a as subject
from streamlr.errors import ConfigurationError

SHAPE = Shape(features=1, classes=2, lanes=1)
RATES = np.repeat([0.2, 0.4], 1000)
VALUES = np.where(np.random.default_rng(4).random(2000) < RATES, 1.0, 0.0)


def signals(values: np.ndarray, **settings: object) -> tuple[list[int], float]:
    state = subject.init(subject.Config.model_validate(settings), SHAPE)
    return [subject.update(state, value) for value in values.tolist()], state.severity[0]


def expected(values: np.ndarray, drift: float, warning: float) -> tuple[list[int], float]:
    """Return the signals up to the first alarm, and its severity, by the paper's formulas."""
    counts = np.arange(1, len(values) + 1)
    means = np.cumsum(values) / counts
    bounds = np.sqrt(np.log(1 / drift) / (2 * counts))
    told: list[int] = []
    for n in counts:
        k = 1 + int(np.argmin((means + bounds)[:n]))
        gap = means[n - 1] - means[k - 1]
        chances = [np.sqrt((1 / k - 1 / n) / 2 * np.log(2 / c)) for c in (warning, drift)]
        passed = sum(bool(k < n and gap > chance) for chance in chances)
        told.append((NO_SIGNAL, WARNING, DRIFT)[passed])
        if told[-1] == DRIFT:
            return told, values[k:n].mean() - means[k - 1]
    return told, 0.0


@pytest.mark.parametrize(("drift", "warning"), [(0.001, 0.005), (1e-4, 0.1)])
@pytest.mark.parametrize("values", [VALUES, 0.5 * VALUES + 0.1], ids=["errors", "losses"])
def test_signals_are_the_papers(values: np.ndarray, drift: float, warning: float) -> None:
    wanted, gap = expected(values, drift, warning)
    told, severity = signals(
        values[: len(wanted)], drift_confidence=drift, warning_confidence=warning
    )
    assert told == wanted
    assert WARNING in told
    assert told[-1] == DRIFT
    assert severity == pytest.approx(gap, rel=1e-12)


def test_a_fall_only_counts_two_sided() -> None:
    fallen = 1.0 - VALUES
    assert DRIFT not in signals(fallen)[0][1000:]
    told, severity = signals(fallen, two_sided=True)
    assert DRIFT in told[1000:]
    assert severity < 0


def test_a_fall_is_a_rise_upside_down() -> None:
    """Eighths, so that no sum is rounded; up and down it alarms at the same values."""
    values = np.round(8 * (0.5 * VALUES + 0.25)) / 8
    up, severity = signals(values, two_sided=True)
    down, opposite = signals(1.0 - values, two_sided=True)
    assert DRIFT in up
    assert up == down
    assert severity == pytest.approx(-opposite, rel=1e-9)


def test_confidences_in_the_wrong_order_are_told() -> None:
    tables = {"source": {"type": "simulator"}, "stream": {"label": "y"}}
    with pytest.raises(ConfigurationError) as caught:
        build({**tables, "detector": {"type": "hddm-a", "drift_confidence": 0.01}})
    assert caught.value.faults == (
        "[detector] warning_confidence = 0.005: it may not be below drift_confidence, 0.01",
    )
