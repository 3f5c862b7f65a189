"""What holds for every component that runs in the kernel, those not yet written included."""

from collections.abc import Callable, Collection
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from streamlr import config, registry, state_tree, tasks
from streamlr.checkpoint import format as file_format
from streamlr.checkpoint.format import Header
from streamlr.components import NO_CLASS
from streamlr.engine import Engine
from streamlr.tasks import regression
from tests.contract.engines import (
    CASES,
    CLASSES,
    FEATURES,
    LABELS,
    NO_CLASSES,
    Events,
    Floats,
    as_met,
    drifting,
    engine,
    new,
    run,
)

ROWS = 1000
FARTHEST = 12.0
"""From one end of a standardised input to the other."""
HEADER = Header("p", {}, (), (), "y", (), {}, {})

KINDS = {
    "features": "features",
    "models": "model",
    "evaluation": "evaluation",
    "frequencies": "frequency",
}

DEFAULTS = {default for _, default in config.COMPONENTS.values()} | {
    default
    for name in tasks.NAMES
    for default in (tasks.load(name).MODEL, tasks.load(name).EVALUATION)
}
"""Those that run in every case anyway."""


def _cases(but: Collection[str] = ()) -> list[Any]:
    """Return all but those of these models."""
    chosen = [case for case in CASES if case.model not in but]
    cases = [pytest.param(case._asdict(), id=str(case)) for case in chosen]
    cases += [
        pytest.param({table: {"type": name}, "task": task}, id=f"{kind}-{name}-{task}")
        for kind, table in KINDS.items()
        for name in registry.names(kind)
        for task in getattr(registry.load(kind, name), "TASKS", tasks.NAMES)
        if name not in DEFAULTS
        if not hasattr(registry.load(kind, name), "OWNER")  # those are other libraries'
        if not hasattr(registry.load(kind, name), "brings")  # those need a race: they are in CASES
    ]
    return cases


every_case = pytest.mark.parametrize("case", _cases())
every_case_that_learns_labels_alone = pytest.mark.parametrize("case", _cases(but=LABELS))


def stream_for(case: dict[str, Any], rows: int, seed: int = 1) -> Events:
    return drifting(rows, seed, case["task"], case.get("categories", 0))


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
    one, other = (new(**case) for _ in range(2))
    arrays = leaves(one) | {f"other {name}": array for name, array in leaves(other).items()}
    for (first, array), (second, another) in combinations(arrays.items(), 2):
        assert not np.shares_memory(array, another), (first, second)


@every_case
def test_it_is_deterministic(case: dict[str, Any]) -> None:
    stream = stream_for(case, ROWS)
    one, other = (new(**case) for _ in range(2))
    assert run(one, stream) == run(other, stream)
    assert state_tree.digest(one.state) == state_tree.digest(other.state)


@every_case
@pytest.mark.parametrize("at", [0, 1, 333, 700])
def test_a_checkpoint_holds_it_to_the_last_bit(case: dict[str, Any], at: int) -> None:
    values, labels = stream_for(case, ROWS)
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
    run(subject, stream_for(case, 400))
    run(used, stream_for(case, 700, seed=9))
    stored_and_read(subject, used)
    rest = stream_for(case, 300, seed=5)
    assert run(used, rest) == run(subject, rest)
    assert state_tree.digest(used.state) == state_tree.digest(subject.state)


@every_case_that_learns_labels_alone
def test_predicting_does_not_learn(case: dict[str, Any]) -> None:
    """Rows of nothing but missing values leave the moments alone: all must stay as it was."""
    subject, other = engine(**case), engine(**case)
    columns = subject.shape.features + subject.shape.categories
    missing = Events(np.full((40, columns), np.nan), np.full(40, np.nan))
    for seed in (1, 2, 3):
        run(subject, stream_for(case, 300, seed))
        run(other, stream_for(case, 300, seed))
        run(other, missing)
    rest = stream_for(case, 300, seed=4)
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
    run(subject, stream_for(case, 500))
    kept = {"model.weights", "schedule.rates", "schedule.change", "counters.learned"}
    kept |= {name for name in leaves(subject) if name.startswith(("detector.", "evaluator."))}
    before = {name: leaves(subject)[name].copy() for name in kept}
    rate = subject.learning_rate
    run(subject, Events(stream_for(case, 100, seed=7).values, np.full(100, np.nan)))
    assert subject.learning_rate == rate
    for name in kept:
        assert leaves(subject)[name].tobytes() == before[name].tobytes(), name


@every_case
def test_it_foretells_what_it_would_say_next(case: dict[str, Any]) -> None:
    subject = engine(**case)
    values, labels = stream_for(case, 600)
    for start in range(0, 600, 50):
        rows = slice(start, start + 50)
        assert_foretold(subject, values[start : start + 1], labels[start : start + 1])
        subject.run(values[rows], labels[rows])


@every_case
def test_it_foretells_new_categories_as_it_would_meet_them(case: dict[str, Any]) -> None:
    """Also where there are rows left for some of a record's, and for none."""
    subject = engine(**case)
    codes = many_categories(np.random.default_rng(2), subject.shape.categories)[:60]
    values, labels = stream_for(case, 60, seed=2)
    values = np.hstack([values[:, :FEATURES], codes])
    for row in range(60):
        assert_foretold(subject, values[row : row + 1], labels[row : row + 1])


def assert_foretold(subject: Engine, values: Floats, labels: Floats) -> None:
    before = state_tree.digest(subject.state)
    foretold = subject.foretell(values)
    assert state_tree.digest(subject.state) == before
    said = subject.run(values, labels)
    assert (foretold.said.tobytes(), foretold.answers.tobytes()) == (
        said.said.tobytes(),
        said.answers.tobytes(),
    )


@every_case
def test_foretelling_leaves_no_trace(case: dict[str, Any]) -> None:
    subject, other = engine(**case), engine(**case)
    for seed in (1, 2, 3):
        stream = stream_for(case, 200, seed)
        subject.foretell(stream_for(case, 50, seed + 10).values)
        assert run(subject, stream) == run(other, stream)
        assert state_tree.digest(subject.state) == state_tree.digest(other.state)


@every_case
def test_it_foretells_from_the_state_it_has(case: dict[str, Any]) -> None:
    """One that was filled, and one that was put in the place of another."""
    taught, filled, replaced = (engine(**case) for _ in range(3))
    values = stream_for(case, 100, seed=3).values
    for subject in (filled, replaced):
        subject.foretell(values)
    run(taught, stream_for(case, 300))
    filled.fill(taught.arrays())
    replaced.state = taught.state
    wanted = taught.foretell(values).answers.tobytes()
    for subject in (filled, replaced):
        assert subject.foretell(values).answers.tobytes() == wanted


# --- hostile streams --------------------------------------------------------------------------

MakeValues = Callable[[np.random.Generator], Floats]
MakeLabels = Callable[[Floats], Floats]

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


def many_categories(random: np.random.Generator, columns: int) -> Floats:
    """Return codes, more than there are weights for, some met again."""
    codes = random.integers(1, 2**51, (ROWS, columns)).astype(np.float64)
    codes[::3] = codes[0]
    codes[random.random(codes.shape) < 0.1] = np.nan
    return codes


def one_class(label: int, _values: Floats) -> Floats:
    return np.full(ROWS, float(label))


def alternating(_values: Floats) -> Floats:
    return np.resize([0.0, 1.0], ROWS)


def many_classes(_values: Floats) -> Floats:
    """Return one class after another, all that there may be."""
    return np.minimum(np.arange(ROWS) // 50, CLASSES) * (np.arange(ROWS) % 3.0 > 0)


def extreme_numbers(_values: Floats) -> Floats:
    return np.resize([1e308, -1e308, 0.0, 5e-324, -1e-300, 1e16, 3.0], ROWS)


def turning_over(values: Floats) -> Floats:
    """Return the sign of the first column, the other way round every 50 rows."""
    return ((values[:, 0] > 0) ^ (np.arange(ROWS) // 50 % 2 > 0)).astype(np.float64)


def separable(values: Floats) -> Floats:
    return (values[:, 0] > 0).astype(np.float64)


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
hostile_to_one_task = pytest.mark.parametrize(
    ("task", "make_values", "make_labels"),
    [
        pytest.param("multiclass", plain_values, many_classes, id="many-classes"),
        pytest.param("multiclass", extreme_values, many_classes, id="many-classes-extremes"),
        pytest.param("regression", plain_values, extreme_numbers, id="extreme-numbers"),
        pytest.param("regression", extreme_values, extreme_numbers, id="nothing-but-extremes"),
    ],
)


@every_case
@hostile
def test_no_stream_breaks_it(
    case: dict[str, Any], make_values: MakeValues, make_labels: MakeLabels
) -> None:
    it_holds(case, make_values, make_labels)


@hostile_to_one_task
@pytest.mark.parametrize(
    ("schedule", "model"),
    [("race", ""), ("race", "maps"), ("race", "network"), ("drift_boost", ""), ("constant", "")],
)
def test_no_stream_of_its_task_breaks_it(
    schedule: str, model: str, task: str, make_values: MakeValues, make_labels: MakeLabels
) -> None:
    [case] = [
        case for case in CASES if (case.schedule, case.model, case.task) == (schedule, model, task)
    ]
    it_holds(case._asdict(), make_values, make_labels)


def it_holds(case: dict[str, Any], make_values: MakeValues, make_labels: MakeLabels) -> None:
    subject = engine(**case)
    sizes = {name: array.shape for name, array in leaves(subject).items()}
    random = np.random.default_rng(3)
    values = make_values(random)
    labels = make_labels(values)
    labels = labels if case["task"] in NO_CLASSES else as_met(labels)
    values = np.hstack([values, many_categories(random, subject.shape.categories)])
    stream = Events(values, labels)
    rates = []
    for start in range(0, ROWS, 100):
        piece = Events(stream.values[start : start + 100], stream.labels[start : start + 100])
        said = run(subject, piece)
        answers = np.frombuffer(said.answers)
        if case["task"] == "regression":
            assert np.all(np.abs(answers) <= regression.CLIP * (1 + 1e-12))  # as a mean of others
            assert np.isfinite(said.label).all()
        elif case["task"] == "unsupervised":
            rank, to_mean, group = answers.reshape(-1, 3).T
            assert np.all((rank >= 0) & (rank <= 1))
            assert np.all((to_mean >= 0) & (to_mean <= FARTHEST / 2))
            assert np.all(group == group.astype(np.int64))
            assert np.all((np.array(said.label) >= 0) & (np.array(said.label) <= FARTHEST))
        else:
            assert np.all((answers >= 0) & (answers <= 1))
            assert set(said.label) <= {NO_CLASS, *range(subject.shape.classes)}
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
    codes = many_categories(np.random.default_rng(4), subject.shape.categories)
    run(subject, Events(np.hstack([values, codes]), alternating(values)))
    random = np.random.default_rng(8)
    values = plain_values(random) * [1e15, 1e15, 1e15, 1e15]
    codes = np.full_like(codes, np.nan)
    labels = separable(values)
    run(subject, Events(np.hstack([values, codes]), labels))
    windowed = subject.metrics()["windowed"]
    if case["task"] == "regression":
        assert windowed["r2"] > 0.4  # the best line explains 2/π of a sign's variance
    elif case["task"] == "unsupervised":
        assert windowed["variance_explained"] > 0.2  # of a round cloud, which has no structure
    else:
        assert windowed["accuracy"] > 0.7
