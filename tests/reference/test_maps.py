"""Feature maps, and the lanes that learn on them, against plain NumPy."""

from itertools import combinations, product
from typing import Any, NamedTuple

import numpy as np
import pytest

from streamlr.components import Inputs, Shape, room
from streamlr.engine import Engine
from streamlr.features import scaling
from streamlr.models import mapped
from streamlr.models.mapping import blocks, cosine, products, projection, relu
from tests.contract.engines import BUCKETS, CATEGORIES, CLASSES, drifting, new
from tests.reference.plain import FADE, Floats

NUMBERS, COLUMNS = 3, 2
SHAPE = Shape(NUMBERS, 2, 1, COLUMNS, buckets=4000)
ROWS = NUMBERS + 1 + np.array([7, 3000])
VALUE = np.array([0.5, -2.0, 6.0, 1.0, 1.0, 1.0])
FEW = 40
RUN = 700
TASK = {2: "binary", CLASSES + 1: "multiclass", 0: "regression"}


def filled(module: Any, state: Any, value: Floats = VALUE, shape: Shape = SHAPE) -> Inputs:  # noqa: ANN401
    mapped: Inputs = module.room(state, shape)
    row = ROWS[: shape.categories].astype(np.int64)
    module.fill(state, Inputs(value, row, np.zeros(1, np.int64)), mapped)
    return mapped


def one_hot(value: Floats, rows: Floats) -> Floats:
    """Return inputs as a dense vector; a categorical value stands at its row's remainder."""
    x = np.zeros(NUMBERS + 1 + projection.CATEGORICAL)
    x[: NUMBERS + 1] = value[: NUMBERS + 1]
    for column, row in enumerate((rows - NUMBERS - 1) % projection.CATEGORICAL):
        x[NUMBERS + 1 + row] += value[NUMBERS + 1 + column]
    return x


@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize(
    ("module", "function"),
    [
        (relu, lambda u: np.maximum(u, 0.0)),
        (cosine, lambda u: np.sqrt(20.0 / FEW) * np.cos(2.0 * np.pi * u)),
    ],
)
def test_random_features_are_a_function_of_a_projection(
    module: Any,  # noqa: ANN401
    function: Any,  # noqa: ANN401
    missing: bool,
) -> None:
    state = module.init(np.random.default_rng(0), SHAPE, FEW)
    value = VALUE.copy()
    value[-1] = 0.0 if missing else 1.0
    mapped = filled(module, state, value)
    expected = function(one_hot(value, ROWS) @ state.matrix)
    assert mapped.value[:FEW] == pytest.approx(expected, abs=1e-11)


@pytest.mark.parametrize("module", [relu, cosine])
def test_inputs_stand_beside_the_random_features_as_they_are(module: Any) -> None:  # noqa: ANN401
    mapped = filled(module, module.init(np.random.default_rng(0), SHAPE, FEW))
    assert mapped.value[FEW:].tolist() == VALUE.tolist()
    places = (ROWS - NUMBERS - 1) % projection.CATEGORICAL
    assert mapped.row.tolist() == (FEW + NUMBERS + 1 + places).tolist()
    assert mapped.row.max() < mapped.used[0]


def test_cosine_features_approximate_a_gaussian_kernel() -> None:
    """Their products are e^(-2·‖x - x'‖²/columns), to within chance (Rahimi & Recht 2007)."""
    features, shape = 20_000, Shape(NUMBERS, 2, 1)
    state = cosine.init(np.random.default_rng(1), shape, features)
    random = np.random.default_rng(2)
    for _ in range(5):
        x, other = np.ones((2, NUMBERS + 1))
        x[:-1], other[:-1] = random.standard_normal((2, NUMBERS)) / 2.0
        z, z_other = (filled(cosine, state, one, shape).value[:features] for one in (x, other))
        expected = 10.0 * np.exp(-2.0 * ((x - other) ** 2).sum() / NUMBERS)
        assert z @ z_other == pytest.approx(expected, abs=0.3)


def test_rectified_features_are_of_about_the_size_of_twenty_inputs() -> None:
    state = relu.init(np.random.default_rng(1), SHAPE, 20_000)
    random = np.random.default_rng(2)
    sizes = []
    for _ in range(20):
        value = np.append(random.standard_normal(NUMBERS), np.ones(1 + COLUMNS))
        sizes.append(np.square(filled(relu, state, value).value[:20_000]).sum())
    assert np.mean(sizes) == pytest.approx(20.0, rel=0.5)


def test_products_are_of_every_pair_of_columns_and_of_numbers_with_themselves() -> None:
    state = products.init(np.random.default_rng(0), SHAPE, 300, 64)
    pairs = [(a, b) for a in range(NUMBERS) for b in range(a, NUMBERS)]
    assert state.numeric.tolist() == [list(pair) for pair in pairs]
    assert state.slope.tolist() == [list(pair) for pair in product(range(NUMBERS), range(COLUMNS))]
    assert state.cross.tolist() == [list(pair) for pair in combinations(range(COLUMNS), 2)]
    mapped = filled(products, state)
    numbers = VALUE[:NUMBERS]
    expected = [
        *VALUE[: NUMBERS + 1],
        *(numbers[a] * numbers[b] / 3.0 for a, b in pairs),
        *np.ones(COLUMNS),
        *(numbers[a] / 3.0 for a, _ in product(range(NUMBERS), range(COLUMNS))),
        1.0,
    ]
    assert mapped.value == pytest.approx(expected, rel=1e-15)


def test_what_is_missing_has_no_products() -> None:
    state = products.init(np.random.default_rng(0), SHAPE, 300, 64)
    value = VALUE.copy()
    value[-1] = 0.0
    mapped = filled(products, state, value)
    sparse = mapped.value[len(mapped.value) - len(mapped.row) :]
    assert sparse[COLUMNS - 1] == 0.0
    assert sparse[COLUMNS:-1][1::2].tolist() == [0.0] * NUMBERS
    assert sparse[-1] == 0.0


def test_a_table_of_rows_is_filled_evenly() -> None:
    """Of as many pairs as there are rows, a share of 1/e finds none that others have taken."""
    buckets = 4096
    state = products.init(np.random.default_rng(0), SHAPE, 300, buckets)
    dense = NUMBERS + 1 + len(state.numeric)
    met = set()
    for left, right in product(range(4, 68), range(4, 68)):
        mapped = products.room(state, SHAPE)
        row = np.array([left, right], np.int64)
        products.fill(state, Inputs(VALUE, row, np.zeros(1, np.int64)), mapped)
        assert np.all((mapped.row >= dense) & (mapped.row < dense + buckets))
        met.add(int(mapped.row[-1]))
    assert len(met) / buckets == pytest.approx(1.0 - np.exp(-1.0), abs=0.03)


def test_of_too_many_pairs_some_are_drawn() -> None:
    wide = Shape(30, 2, 1, 5, buckets=100)
    one, same, other = (products.init(np.random.default_rng(s), wide, 50, 64) for s in (1, 1, 2))
    assert sum(len(pairs) for pairs in one[:3]) == 50
    assert all(np.array_equal(a, b) for a, b in zip(one, same, strict=True))
    assert not np.array_equal(one.numeric, other.numeric)


# --- lanes ------------------------------------------------------------------------------------


class Ran(NamedTuple):
    """An engine with maps after a stream, and the inputs and targets that it learned."""

    engine: Engine
    inputs: list[Inputs]
    targets: Floats


@pytest.fixture(scope="module", params=mapped.TASKS)
def ran(request: pytest.FixtureRequest) -> Ran:
    task = request.param
    values, labels = drifting(RUN, 1, task, CATEGORIES)
    engine = new("race", "adwin", task, CATEGORIES, model="maps")
    engine.run(values, labels)
    state, inputs = scaling.init(scaling.Config(buckets=BUCKETS), engine.shape), []
    for row in values:
        inputs.append(room(engine.shape))
        scaling.transform(state, row, inputs[-1])
        scaling.update(state, row)
    known = ~np.isnan(labels)
    targets = labels[known]
    if task == "regression":
        moments = [(targets[:n].mean(), targets[:n].std()) for n in range(1, len(targets) + 1)]
        targets = np.array(
            [
                np.clip((label - mean) / (deviation or 1.0), -10, 10)
                for label, (mean, deviation) in zip(targets, moments, strict=True)
            ]
        )
    return Ran(engine, [inputs[row] for row in np.flatnonzero(known)], targets)


class PlainBlock:
    """Weights [lanes, outputs, inputs] that move in bounded steps, and restart."""

    def __init__(self, task: str, outputs: int, inputs: int) -> None:
        self.task, self.rates = task, np.array(blocks.RATES)
        self.weights = np.zeros((len(self.rates), outputs, inputs))
        self.faded = np.full(len(self.rates), 1.0 if task == "regression" else np.log(2.0))
        self.known = self.learned = self.restarts = 0

    def learn(self, z: Floats, y: float, norm: float) -> None:
        """Score, move, restart; ``norm`` counts inputs that share a row one by one."""
        self.known = max(self.known, int(y) + 1)
        loss, bend, error = getattr(self, self.task)(self.weights @ z, y)
        self.faded = FADE * self.faded + (1 - FADE) * np.minimum(loss, 8)
        step = (self.rates / (1 + self.rates * norm * bend))[:, None] * error
        self.weights += step[:, :, None] * z
        self.learned += 1
        if self.learned % 50 == 0:
            best = self.faded.argmin()
            for lane in np.flatnonzero(self.faded > 1.3 * self.faded[best]):
                self.weights[lane], self.faded[lane] = self.weights[best], self.faded[best]
                self.restarts += 1

    def regression(self, score: Floats, y: float) -> tuple[Floats, Floats, Floats]:
        """Loss, curvature and error of a number."""
        error = y - np.clip(score, -10, 10)
        return error[:, 0] ** 2, np.ones(len(error)), error

    def binary(self, score: Floats, y: float) -> tuple[Floats, Floats, Floats]:
        """The same of two classes."""
        p = 1.0 / (1.0 + np.exp(-score[:, 0]))
        given = p if y else 1.0 - p
        return -np.log(np.maximum(given, 1e-6)), p * (1 - p), (y - p)[:, None]

    def multiclass(self, score: Floats, y: float) -> tuple[Floats, Floats, Floats]:
        """The same of the classes known."""
        share = np.exp(score - score[:, : self.known].max(axis=1, keepdims=True))
        share[:, self.known :] = 0.0
        p = share / share.sum(axis=1, keepdims=True)
        given = p[:, int(y)]
        error = (np.arange(p.shape[1]) == y) - p
        return -np.log(np.maximum(given, 1e-6)), given * (1 - given), error


@pytest.mark.parametrize(
    ("kind", "module"), [("relu", relu), ("cosine", cosine), ("products", products)]
)
def test_lanes_of_a_map_take_bounded_steps_and_restart(ran: Ran, kind: str, module: Any) -> None:  # noqa: ANN401
    """Each is a linear model on what the map makes of the inputs, as plain NumPy has it."""
    block, shape = getattr(ran.engine.state.model, kind), ran.engine.shape
    rows = int(block.inputs.used[0])
    plain = PlainBlock(TASK[shape.classes], shape.outputs, rows)
    mapped = module.room(block.map, shape)
    for inputs, target in zip(ran.inputs, ran.targets.tolist(), strict=True):
        module.fill(block.map, inputs, mapped)
        dense = len(mapped.value) - len(mapped.row)
        z = np.zeros(rows)
        z[:dense] = mapped.value[:dense]
        np.add.at(z, mapped.row, mapped.value[dense:])
        plain.learn(z, target, mapped.value @ mapped.value)
    learned = block.learner.weights.reshape(rows, shape.outputs, -1).transpose(2, 1, 0)
    assert learned == pytest.approx(plain.weights, rel=1e-6, abs=1e-9)
    assert block.restarts[0] == plain.restarts > 0


def test_linear_lanes_are_what_they_are_without_maps(ran: Ran) -> None:
    """To the last bit: other lanes beside them do not touch them."""
    task = TASK[ran.engine.shape.classes]
    alone = new("race", "adwin", task, CATEGORIES)
    alone.run(*drifting(RUN, 1, task, CATEGORIES))
    beside, own = ran.engine.state, alone.state
    assert beside.model.weights.tobytes() == own.model.weights.tobytes()
    every = beside.model.prediction.reshape(-1, ran.engine.shape.lanes)
    linear = own.model.prediction.reshape(-1, alone.shape.lanes)
    assert every[:CLASSES, : alone.shape.lanes].tobytes() == linear[:CLASSES].tobytes()
    assert beside.schedule.standing.restarts == own.schedule.standing.restarts
