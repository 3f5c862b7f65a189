"""What holds for every component that runs in the kernel, those not yet written included."""

from collections.abc import Callable
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from streamlr import config, registry, state_tree
from streamlr.checkpoint import format as file_format
from streamlr.checkpoint.format import Header
from streamlr.components import NO_CLASS
from streamlr.engine import Engine
from tests.contract.engines import (
    FEATURES,
    PAIRS,
    Events,
    Floats,
    Integers,
    configuration,
    drifting,
    engine,
    run,
)

ROWS = 1000
HEADER = Header("p", {}, (), (), "y", (), {}, {})

DEFAULTS = {default for _, default in config.COMPONENTS.values() if default}
"""Those that run in every case anyway."""

KINDS = {"features": "features", "models": "model", "evaluation": "evaluation"}


def _cases() -> list[Any]:
    cases = [
        pytest.param({"schedule": schedule, "detector": detector}, id=f"{schedule}-{detector}")
        for schedule, detector in PAIRS
    ]
    cases += [
        pytest.param({table: {"type": name}}, id=f"{kind}-{name}")
        for kind, table in KINDS.items()
        for name in registry.names(kind)
        if name not in DEFAULTS
    ]
    return cases


every_case = pytest.mark.parametrize("case", _cases())


def leaves(subject: Engine) -> dict[str, np.ndarray]:
    return state_tree.flatten(subject.state)


def stored_and_read(subject: Engine, fresh: Engine) -> Engine:
    """Return ``fresh`` with the state of ``subject``, by way of a checkpoint's bytes."""
    _, arrays = file_format.decode(file_format.encode(HEADER, leaves(subject)))
    state_tree.fill(fresh.state, arrays)
    return fresh


@every_case
def test_its_state_is_float64_and_int64_arrays(case: dict[str, Any]) -> None:
    for name, array in leaves(engine(**case)).items():
        assert array.dtype in (np.float64, np.int64), name
        assert array.ndim > 0, name
        assert array.flags.c_contiguous, name
        assert array.flags.writeable, name


@every_case
def test_no_two_of_its_arrays_share_memory(case: dict[str, Any]) -> None:
    """Else filling them from a checkpoint would write one over the other."""
    one, other = (Engine(configuration(**case), FEATURES) for _ in range(2))
    arrays = leaves(one) | {f"other {name}": array for name, array in leaves(other).items()}
    for (first, array), (second, another) in combinations(arrays.items(), 2):
        assert not np.shares_memory(array, another), (first, second)


@every_case
def test_it_is_deterministic(case: dict[str, Any]) -> None:
    stream = drifting(ROWS)
    one, other = (Engine(configuration(**case), FEATURES) for _ in range(2))
    assert run(one, stream) == run(other, stream)
    assert state_tree.digest(one.state) == state_tree.digest(other.state)


@every_case
@pytest.mark.parametrize("at", [0, 1, 333, 700])
def test_a_checkpoint_holds_it_to_the_last_bit(case: dict[str, Any], at: int) -> None:
    values, labels = drifting(ROWS)
    subject = engine(**case)
    run(subject, Events(values[:at], labels[:at]))
    again = stored_and_read(subject, engine(**case))
    assert state_tree.digest(again.state) == state_tree.digest(subject.state)
    rest = Events(values[at:], labels[at:])
    assert run(again, rest) == run(subject, rest)
    assert state_tree.digest(again.state) == state_tree.digest(subject.state)


@every_case
def test_a_checkpoint_holds_it_whatever_it_did_before(case: dict[str, Any]) -> None:
    """Nothing is kept outside the state: a used engine filled anew is as good as a fresh one."""
    subject, used = engine(**case), engine(**case)
    run(subject, drifting(400))
    run(used, drifting(700, seed=9))
    stored_and_read(subject, used)
    rest = drifting(300, seed=5)
    assert run(used, rest) == run(subject, rest)
    assert state_tree.digest(used.state) == state_tree.digest(subject.state)


@every_case
def test_predicting_does_not_learn(case: dict[str, Any]) -> None:
    """Rows of nothing but missing values leave the moments alone: all must stay as it was."""
    subject, other = engine(**case), engine(**case)
    missing = Events(np.full((40, FEATURES), np.nan), np.full(40, NO_CLASS))
    for seed in (1, 2, 3):
        run(subject, drifting(300, seed))
        run(other, drifting(300, seed))
        run(other, missing)
    rest = drifting(300, seed=4)
    assert run(other, rest) == run(subject, rest)
    different = {
        name
        for name, array in leaves(other).items()
        if array.tobytes() != leaves(subject)[name].tobytes()
    }
    assert different == {"counters.predicted"}


@every_case
def test_predicting_moves_no_weight_and_no_rate(case: dict[str, Any]) -> None:
    subject = engine(**case)
    run(subject, drifting(500))
    kept = {"model.weights", "schedule.rates", "schedule.change", "counters.learned"}
    kept |= {name for name in leaves(subject) if name.startswith(("detector.", "evaluator."))}
    before = {name: leaves(subject)[name].copy() for name in kept}
    rate = subject.learning_rate
    run(subject, Events(drifting(100, seed=7).values, np.full(100, NO_CLASS)))
    assert subject.learning_rate == rate
    for name in kept:
        assert leaves(subject)[name].tobytes() == before[name].tobytes(), name


# --- hostile streams --------------------------------------------------------------------------

MakeValues = Callable[[np.random.Generator], Floats]
MakeLabels = Callable[[Floats], Integers]

EXTREMES = np.array([1e308, -1e308, np.nan, 0.0, 5e-324, -1.0, 1e-300, 1e16, np.inf, -np.inf])


def extreme_values(random: np.random.Generator) -> Floats:
    return random.choice(EXTREMES, (ROWS, FEATURES))


def plain_values(random: np.random.Generator) -> Floats:
    return random.standard_normal((ROWS, FEATURES))


def constant_values(_random: np.random.Generator) -> Floats:
    return np.tile([0.0, 1e308, -7.5, 5e-324], (ROWS, 1))


def missing_values(_random: np.random.Generator) -> Floats:
    return np.full((ROWS, FEATURES), np.nan)


def rare_outliers(random: np.random.Generator) -> Floats:
    values = plain_values(random)
    values[::97] *= 1e300
    return values


def one_class(label: int, _values: Floats) -> Integers:
    return np.full(ROWS, label)


def alternating(_values: Floats) -> Integers:
    return np.arange(ROWS) % 2


def turning_over(values: Floats) -> Integers:
    """Return the sign of the first column, the other way round every 50 rows."""
    return (values[:, 0] > 0).astype(np.int64) ^ (np.arange(ROWS) // 50 % 2)


def separable(values: Floats) -> Integers:
    return (values[:, 0] > 0).astype(np.int64)


hostile = pytest.mark.parametrize(
    ("make_values", "make_labels"),
    [
        pytest.param(extreme_values, alternating, id="extremes"),
        pytest.param(extreme_values, separable, id="extremes-separable"),
        pytest.param(rare_outliers, turning_over, id="outliers"),
        pytest.param(constant_values, alternating, id="constant"),
        pytest.param(missing_values, alternating, id="missing"),
        pytest.param(plain_values, partial(one_class, 0), id="class-0-only"),
        pytest.param(plain_values, partial(one_class, 1), id="class-1-only"),
        pytest.param(plain_values, alternating, id="unrelated"),
        pytest.param(plain_values, turning_over, id="turning-over"),
        pytest.param(plain_values, separable, id="separable"),
    ],
)


@every_case
@hostile
def test_no_stream_breaks_it(
    case: dict[str, Any], make_values: MakeValues, make_labels: MakeLabels
) -> None:
    subject = engine(**case)
    sizes = {name: array.shape for name, array in leaves(subject).items()}
    values = make_values(np.random.default_rng(3))
    stream = Events(values, make_labels(values))
    rates = []
    for start in range(0, ROWS, 100):
        piece = Events(stream.values[start : start + 100], stream.labels[start : start + 100])
        said = run(subject, piece)
        probabilities = np.frombuffer(said.probability)
        assert np.all((probabilities >= 0) & (probabilities <= 1))
        assert set(said.label) <= {NO_CLASS, 0, 1}
        for entry in said.journal:
            assert np.isfinite([entry.old, entry.new, entry.evidence]).all()
        rates.append(subject.learning_rate)
    for name, array in leaves(subject).items():
        assert np.isfinite(array).all(), name
    assert np.isfinite(rates).all()
    assert min(rates) > 0
    assert max(rates) <= 1e6  # what a configuration may ask for at most
    assert {name: array.shape for name, array in leaves(subject).items()} == sizes
    assert subject.state.counters.learned[0] == ROWS


@every_case
def test_it_recovers_from_a_hostile_stretch(case: dict[str, Any]) -> None:
    """Finite is not enough: afterwards it has to learn again."""
    subject = engine(**case)
    values = extreme_values(np.random.default_rng(3))
    values[np.abs(values) > 1e20] = np.nan  # such outliers stay in the moments for ever
    run(subject, Events(values, alternating(values)))
    random = np.random.default_rng(8)
    values = plain_values(random) * [1e15, 1e15, 1e15, 1e15]
    run(subject, Events(values, separable(values)))
    assert subject.metrics()["windowed"]["accuracy"] > 0.7
