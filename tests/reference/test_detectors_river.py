"""Detectors against River's own: the same signal at every value."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from river import drift

from streamlr import registry
from streamlr.components import DRIFT, NO_SIGNAL, WARNING, Shape

Floats = npt.NDArray[np.float64]
DriftDetector = Any  # River's detectors have no base in common that says what they are called for
Case = tuple[str, dict[str, Any], DriftDetector, dict[str, Floats]]

SHAPE = Shape(features=1, classes=2, lanes=1)
LENGTH = 10_000


def errors(rates: list[float], stretch: int) -> Floats:
    """Return errors, 0 or 1, whose rate changes after every stretch."""
    rate = np.resize(np.repeat(rates, stretch), LENGTH)
    return np.where(np.random.default_rng(5).random(LENGTH) < rate, 1.0, 0.0)


def waves() -> Floats:
    rate = 0.3 + 0.25 * np.sin(np.arange(LENGTH) / 900)
    return np.where(np.random.default_rng(6).random(LENGTH) < rate, 1.0, 0.0)


def regular() -> Floats:
    """Return errors at equal distances, which shrink and grow: many ties."""
    row = np.arange(LENGTH)
    every = np.where(row // 1500 % 2 == 0, 7, 3)
    return np.where(row % every == 0, 1.0, 0.0)


def shares(spread: float) -> Floats:
    """Return values within 0 and 1 round a mean that jumps."""
    noise = np.random.default_rng(7).standard_normal(LENGTH)
    mean = np.resize(np.repeat([0.2, 0.5, 0.35, 0.8], 1100), LENGTH)
    return np.clip(mean + spread * noise, 0.0, 1.0)


def reals() -> Floats:
    noise = np.random.default_rng(8).standard_t(3, LENGTH)
    return noise + np.resize(np.repeat([0.0, 1.0, -2.0, 25.0], 1300), LENGTH)


BITS = {
    "stationary": errors([0.2], LENGTH),
    "abrupt": errors([0.1, 0.4, 0.15, 0.3, 0.05, 0.6], 1000),
    "seldom": errors([0.01, 0.05, 0.002], 1500),
    "often": errors([0.5, 0.95, 0.7, 1.0, 0.3], 700),
    "never": np.zeros(LENGTH),
    "blocks": errors([0.0, 1.0], 500),
    "waves": waves(),
    "regular": regular(),
}
WITHIN_ONE = BITS | {"shares": shares(0.15), "narrow": shares(0.01)}
ANY = WITHIN_ONE | {"reals": reals(), "walk": np.cumsum(reals()) * 0.01}
SHORT = {kind: values[:3000] for kind, values in WITHIN_ONE.items()}
"""For HDDM: River's takes 40 µs a value."""

CASES: list[Case] = [
    ("page_hinkley", {}, drift.PageHinkley(), ANY),
    (
        "page_hinkley",
        {"threshold": 5.0, "tolerance": 0.0, "fading_factor": 0.99, "min_values": 1}
        | {"direction": "down"},
        drift.PageHinkley(1, delta=0.0, threshold=5.0, alpha=0.99, mode="down"),
        ANY,
    ),
    (
        "page_hinkley",
        {"threshold": 10.0, "fading_factor": 1.0, "direction": "up"},
        drift.PageHinkley(threshold=10.0, alpha=1.0, mode="up"),
        ANY,
    ),
    ("ddm", {}, drift.binary.DDM(), WITHIN_ONE),
    (
        "ddm",
        {"grace_period": 1, "warning_threshold": 1.5, "drift_threshold": 4.0},
        drift.binary.DDM(1, 1.5, 4.0),
        WITHIN_ONE,
    ),
    ("eddm", {}, drift.binary.EDDM(), BITS),
    (
        "eddm",
        {"grace_period": 7, "warning_ratio": 0.8, "drift_ratio": 0.75},
        drift.binary.EDDM(7, 0.8, 0.75),
        BITS,
    ),
    ("hddm_a", {}, drift.binary.HDDMA(), SHORT),
    (
        "hddm_a",
        {"drift_confidence": 0.01, "warning_confidence": 0.07, "two_sided": True},
        drift.binary.HDDMA(0.01, 0.07, two_sided_test=True),
        SHORT,
    ),
    ("hddm_w", {}, drift.binary.HDDMW(), SHORT),
    (
        "hddm_w",
        {"drift_confidence": 0.01, "warning_confidence": 0.07, "two_sided": True}
        | {"smoothing_factor": 0.013},
        drift.binary.HDDMW(0.01, 0.07, lambda_val=0.013, two_sided_test=True),
        SHORT,
    ),
]


def signals(name: str, settings: dict[str, Any], values: Floats) -> list[int]:
    module = registry.load("detectors", name)
    state = module.init(module.Config(**settings), SHAPE)
    return [module.update(state, value) for value in values.tolist()]


def signals_of_river(detector: DriftDetector, values: Floats) -> list[int]:
    told = []
    for value in values.tolist():
        detector.update(value)
        warned = getattr(detector, "warning_detected", False)
        told.append(DRIFT if detector.drift_detected else WARNING if warned else NO_SIGNAL)
    return told


@pytest.mark.parametrize("case", CASES, ids=[f"{n}-{case[0]}" for n, case in enumerate(CASES)])
def test_signals_are_rivers(case: Case) -> None:
    name, settings, river, kinds = case
    told = []
    for kind, values in kinds.items():
        heard = signals(name, settings, values)
        assert heard == signals_of_river(river.clone(), values), kind
        told += heard
    assert told.count(DRIFT) >= 5  # else being equal would prove nothing
    if hasattr(river, "warning_detected"):
        assert told.count(WARNING) >= 50
