"""Networks of torch's: the same numbers as torch's own loop, wherever polls end."""

import copy
import sys
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pytest
from structlog.testing import capture_logs

from streamlr import OnlineModel, config, state_tree
from streamlr.checkpoint import format as file_format
from streamlr.checkpoint.format import Header
from streamlr.components import NO_CLASS
from streamlr.engine import Engine
from streamlr.errors import ConfigurationError, DataError
from streamlr.kernel import BOTH, LEARN, PREDICT
from tests.contract.engines import as_met
from tests.servers.requirements import require_package

torch = require_package("torch")

NETWORKS = "tests.unit.models.networks"
WIDE = {"type": "torch", "module": f"{NETWORKS}:Wide", "batch": 8, "one_hot": 4}
STACK = {
    "args": [
        {"path": "torch.nn.LazyLinear", "out_features": 6},
        {"path": "torch.nn.Tanh"},
        {"path": "torch.nn.LazyLinear", "out_features": 1},
    ]
}
FEATURES, CATEGORIES, ROWS = 3, 1, 200
HEADER = Header("p", {}, (), (), "y", (), {}, {})
MULTICLASS = {"label": "y", "task": "multiclass", "max_classes": 4}
REGRESSION = {"label": "y", "task": "regression"}


def tables(model: dict[str, Any], **others: dict[str, Any]) -> dict[str, Any]:
    return {
        "source": {"type": "simulator"},
        "stream": {"label": "y"},
        "detector": {"type": "none"},
        "schedule": {"type": "constant", "rate": 0.5},
        "model": {**WIDE, **model},
        **others,
    }


def engine(model: dict[str, Any] | None = None, **others: dict[str, Any]) -> Engine:
    return Engine(config.build(tables(model or {}, **others)), FEATURES, CATEGORIES)


class Events(NamedTuple):
    """As :class:`streamlr.kernel.Batch` has them."""

    event: np.ndarray
    values: np.ndarray
    truth: np.ndarray
    slot: np.ndarray

    def cut(self, first: int, last: int) -> "Events":
        return Events(*(array[first:last] for array in self))


def stream(rows: int = ROWS, seed: int = 0) -> Events:
    """Numbers and a category, some missing; every label inline."""
    random = np.random.default_rng(seed)
    values = random.normal(2.0, 3.0, (rows, FEATURES + CATEGORIES))
    values[:, FEATURES] = random.integers(1, 7, rows)
    truth = (values[:, 0] * values[:, 1] + values[:, FEATURES] > 8).astype(float)
    values[random.random(values.shape) < 0.05] = np.nan
    return Events(np.full(rows, BOTH), values, truth, np.full(rows, -1))


def late(rows: int = ROWS) -> Events:
    """The same with labels that come later, some within few events, some never; some inline."""
    inline, random = stream(rows), np.random.default_rng(7)
    moments: list[tuple[float, int, int]] = []
    for row in range(rows):
        kind = random.choice([BOTH, LEARN, PREDICT], p=[0.4, 0.4, 0.2])
        moments.append((row, BOTH if kind == BOTH else PREDICT, row))
        if kind == LEARN:
            moments.append((row + 0.5 + random.integers(0, 30), LEARN, row))
    _, events, found = (np.array(column) for column in zip(*sorted(moments), strict=True))
    slots = np.where(events == BOTH, -1, found)
    truth = np.where(events == PREDICT, np.nan, inline.truth[found])
    values = np.where((events == LEARN)[:, None], np.nan, inline.values[found])
    return Events(events, values, truth, slots)


def run(subject: Engine, events: Events, cuts: Iterable[int] = ()) -> tuple[bytes, bytes]:
    """Return the bits of what is said, whatever the cuts."""
    subject.hold(ROWS)
    parts = [events.cut(*edges) for edges in pairwise([0, *cuts, len(events.event)])]
    answers = [subject.run_events(*part) for part in parts]
    said, told = ([getattr(a, name) for a in answers] for name in ("said", "answers"))
    return np.concatenate(said).tobytes(), np.concatenate(told).tobytes()


def restored(subject: Engine, fresh: Engine) -> Engine:
    """Return ``fresh`` with what ``subject`` knows, by way of a checkpoint's bytes."""
    _, arrays = file_format.decode(file_format.encode(HEADER, subject.arrays()))
    fresh.fill(arrays)
    return fresh


def torchs_own(events: Events, network: Any, batch: int, rate: float) -> list[float]:  # noqa: ANN401
    """What a loop by hand says: P(class 1) by the weights of the latest step."""
    deep, link = network.parameter_groups()
    optimizer = torch.optim.SGD([{**deep, "lr": rate}, {**link, "lr": 0.1 * rate}])
    values = events.values[:, :FEATURES]
    met = list(dict.fromkeys(code for code in events.values[:, FEATURES] if code == code))  # noqa: PLR0124
    said, waiting = [], []
    for row, truth in enumerate(events.truth):
        before = values[:row]
        mean, deviation = np.zeros(FEATURES), np.zeros(FEATURES)
        for column in range(FEATURES):
            known = before[:, column][~np.isnan(before[:, column])]
            if len(known) > 1:
                mean[column], deviation[column] = known.mean(), known.std()
        with np.errstate(divide="ignore", invalid="ignore"):
            scaled = np.where(deviation > 0, (values[row] - mean) / deviation, 0.0)
        one_hot = np.zeros(4)
        if (code := events.values[row, FEATURES]) in met:
            one_hot[met.index(code) % 4] = 1.0
        inputs = np.concatenate([np.nan_to_num(np.clip(scaled, -6, 6)), one_hot])
        waiting.append((torch.tensor(inputs, dtype=torch.float32), truth))
        with torch.no_grad():
            said.append(torch.sigmoid(network(waiting[-1][0]))[0].item())
        if len(waiting) < batch:
            continue
        logits = network(torch.stack([row for row, _ in waiting]))[:, 0]
        labels = torch.tensor([truth for _, truth in waiting], dtype=torch.float32)
        optimizer.zero_grad()
        torch.nn.functional.binary_cross_entropy_with_logits(logits, labels).backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        waiting = []
    return said


def test_it_says_what_torchs_own_loop_says() -> None:
    events, subject = stream(), engine()
    answers = subject.run_events(*events)
    networks = require_package(NETWORKS)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = networks.Wide(FEATURES + 4, 1)
    expected = torchs_own(events, network, batch=8, rate=0.5)
    assert answers.answers[:, 0].tolist() == pytest.approx(expected, abs=1e-4)
    assert np.ptp(expected[100:]) > 0.5
    assert subject.state.model.steps[0] == ROWS // 8


@pytest.mark.parametrize(
    "model",
    [
        {"parameters": {"drop": 0.5}},
        {
            "module": "torch.nn.Sequential",
            "parameters": STACK,
            "optimizer": "torch.optim.NAdam",
            "optimizer_parameters": {"weight_decay": 0.01},
            "batch": 40,
        },
    ],
)
@pytest.mark.parametrize("make_events", [stream, late])
def test_neither_polls_nor_checkpoints_leave_a_trace(
    model: dict[str, Any], make_events: Callable[[], Events]
) -> None:
    """Dropout draws by the number of the step, and an optimizer's memory is kept."""
    events = make_events()
    whole, cut = engine(model), engine(model)
    expected = run(whole, events)
    count = len(events.event)
    assert run(cut, events, [1, 5, 6, 31, 77, 78, 79, 150]) == expected
    assert digest(cut) == digest(whole)

    half = engine(model)
    before = run(half, events.cut(0, count // 2 + 3))
    resumed = restored(half, engine(model))
    assert digest(resumed) == digest(half)
    after = run(resumed, events.cut(count // 2 + 3, count))
    assert tuple(a + b for a, b in zip(before, after, strict=True)) == expected
    assert digest(resumed) == digest(whole)


def digest(subject: Engine) -> str:
    return state_tree.digest_of(dict(sorted(subject.arrays().items())))


def test_random_numbers_of_others_stay_theirs() -> None:
    torch.manual_seed(3)
    expected = torch.rand(4)
    torch.manual_seed(3)
    run(engine({"parameters": {"drop": 0.5}}), stream(32))
    assert torch.equal(torch.rand(4), expected)


def test_classes_that_come_later_have_no_part_before() -> None:
    events = stream()
    place = np.arange(ROWS)
    truth = as_met(
        np.where(events.values[:, 0] > 2, 1.0, 0.0) + 1.0 * (place > 90) * (place % 3 == 0)
    )
    subject = engine(stream=MULTICLASS)
    answers = subject.run_events(*events._replace(truth=truth))
    first = [int(np.argmax(truth == label)) for label in range(3)]
    assert answers.said[0] == NO_CLASS
    for label, at in enumerate(first):
        assert np.all(answers.answers[: at + 1, label] == 0)
        assert np.all(answers.answers[at + 1 :, label] > 0)
    assert np.all(answers.answers[:, 3] == 0)
    assert answers.answers[1:].sum(axis=1) == pytest.approx(1.0)
    assert np.mean(answers.said[50:90] == truth[50:90]) > 0.8


def test_numbers_are_said_in_their_own_units() -> None:
    events = stream(600)
    truth = 1e4 + 500.0 * np.nan_to_num(events.values[:, 0])
    subject = engine(stream=REGRESSION)
    said = subject.run_events(*events._replace(truth=truth)).said
    assert np.abs(said - truth)[300:].mean() < 0.3 * truth.std()


@pytest.mark.parametrize("rate", [1e3, 1e6])
def test_what_is_not_finite_does_not_stay(rate: float) -> None:
    rows = stream()
    huge = {"type": "constant", "rate": rate}
    subject = engine({"module": f"{NETWORKS}.Explosive"}, schedule=huge)
    with capture_logs() as lines:
        answers = subject.run_events(*rows)
    restarts = int(subject.state.model.restarts[0])
    assert restarts > 2
    told = [line["restarts"] for line in lines if line["log_level"] == "warning"]
    assert told == [2**power for power in range(restarts.bit_length())]
    assert np.isfinite(answers.answers).all()
    for name, array in subject.arrays().items():
        assert np.isfinite(array).all(), name


def test_groups_keep_their_proportion() -> None:
    subject = engine(schedule={"type": "step", "rate": 0.5, "every": 100, "factor": 0.5})
    run(subject, stream())
    rates = [group["lr"] for group in subject._in_python["model"]._network._optimizer.param_groups]
    assert rates == pytest.approx([subject.learning_rate, 0.1 * subject.learning_rate])
    assert subject.learning_rate < 0.5


def test_a_class_that_counts_more_is_named_more_often() -> None:
    events, shares = stream(600), []
    for weights in ({}, {"yes": 10.0}):
        subject = engine(classes={"weights": weights} if weights else {})
        subject.know(("no", "yes"))
        shares.append(np.mean(subject.run_events(*events).said == 1))
    assert shares[1] > 1.2 * shares[0]


def test_foretelling_is_what_is_said_next() -> None:
    subject, events = engine(), stream()
    run(subject, events.cut(0, 77))
    before = digest(subject)
    row = events.values[77:78]
    foretold = subject.foretell(row)
    assert digest(subject) == before
    said = subject.run_events(*events.cut(77, 78))
    assert foretold.answers == pytest.approx(said.answers, abs=1e-6)
    assert foretold.said == said.said


def test_it_is_a_model_of_the_library_too() -> None:
    model = OnlineModel(
        task="binary",
        features=("a", "b", "c"),
        categories=("kind",),
        model=WIDE,
        detector="none",
        schedule={"type": "constant", "rate": 0.5},
    )
    random = np.random.default_rng(0)
    for values in random.normal(size=(300, 3)):
        row = dict(zip("abc", values.tolist(), strict=True), kind="x")
        model.learn(row, bool(values[0] > 0))
    state, asked = model.state(), {"a": 2.0, "kind": "x"}
    said = model.predict(asked)
    assert said.label is True
    assert model.state() == state
    again = copy.deepcopy(model)
    assert (again.state(), again.predict(asked)) == (state, said)


@pytest.mark.parametrize(
    ("model", "others", "parts"),
    [
        ({"module": "torch.nn.Linaer"}, {}, ["[model] module", "did you mean 'Linear'"]),
        ({"module": "no_such.nets:Wide"}, {}, ["there is no module 'no_such.nets'"]),
        ({"module": "Wide"}, {}, ["[model] module = 'Wide'", "a dotted path"]),
        ({"module": "torch.optim.SGD"}, {}, ["SGD is no torch.nn.Module"]),
        ({"parameters": {"hiden": 3}}, {}, ["[model] parameters", "did you mean 'hidden'"]),
        (
            {"module": "torch.nn.Sequential", "parameters": {"args": [{"path": "torch.nn.X"}]}},
            {},
            ["[model] parameters", "there is no class 'X' in torch.nn"],
        ),
        ({"optimizer": "torch.nn.ReLU"}, {}, ["[model] optimizer", "is no torch.optim.Optimizer"]),
        ({"optimizer_parameters": {"lr": 0.1}}, {}, ["optimizer_parameters", "[schedule] sets lr"]),
        ({"optimizer_parameters": {"momentun": 1}}, {}, ["did you mean 'momentum'"]),
        ({"device": "gpu"}, {}, ["[model] device = 'gpu'", "'cuda'"]),
        ({}, {"schedule": {"type": "race"}}, ["[schedule] type = 'race'", "torch", "constant"]),
        ({}, {"schedule": {"type": "hypergradient"}}, ["a torch model", "constant"]),
        ({}, {"frequency": {"type": "follow_loss"}}, ["[frequency]", "[model] batch = 8"]),
        ({}, {"stream": {"task": "unsupervised"}}, ["[model] type = 'torch'", "kmeans"]),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(
    model: dict[str, Any], others: dict[str, Any], parts: list[str]
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        config.build(tables(model, **others))
    assert len(caught.value.faults) == 1
    assert [part for part in parts if part not in caught.value.faults[0]] == []


@pytest.mark.parametrize(
    ("model", "others", "parts"),
    [
        ({"parameters": {"hidden": "many"}}, {}, ["[model] parameters", "Wide refuses them"]),
        (
            {"module": "torch.nn.Linear", "parameters": {"in_features": 2, "out_features": 1}},
            {},
            ["[model] module = 'torch.nn.Linear'", "8 rows of 7 numbers", "7 inputs"],
        ),
        (
            {"module": "torch.nn.LazyLinear", "parameters": {"out_features": 1}},
            {"stream": MULTICLASS},
            ["shape [8, 1]", "[8, 4]", "[stream] max_classes", "Give its last layer 4 outputs"],
        ),
        (
            {
                "module": "torch.nn.LazyLinear",
                "parameters": {"out_features": 1},
                "optimizer": "torch.optim.LBFGS",
            },
            {},
            ["[model] optimizer = 'torch.optim.LBFGS'", "closure"],
        ),
        ({"optimizer_parameters": {"momentum": -1}}, {}, ["optimizer_parameters", "momentum"]),
    ],
)
def test_what_does_not_fit_the_stream_is_refused_at_start(
    model: dict[str, Any], others: dict[str, Any], parts: list[str]
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        engine(model, **others)
    assert [part for part in parts if part not in caught.value.faults[0]] == []


def test_a_missing_torch_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(
        ConfigurationError, match=r"not installed; .* 'streamlr\[torch\]'"
    ) as caught:
        config.build(tables({}))
    assert len(caught.value.faults) == 2  # the module, and the optimizer by default


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_a_missing_device_is_told() -> None:
    with pytest.raises(ConfigurationError, match=r"\[model\] device = 'cuda': .* set 'cpu'"):
        engine({"device": "cuda"})
    assert engine({"device": "auto"})._in_python["model"]._network._device.type == "cpu"


def test_one_output_needs_no_dimension_of_its_own() -> None:
    run(engine({"module": f"{NETWORKS}.Flat"}), stream(20))


def test_what_torch_cannot_learn_is_one_clear_error() -> None:
    """Batch normalisation needs two rows to tell a spread."""
    norm = {"module": "torch.nn.Sequential", "batch": 1}
    layers = {"args": [{"path": "torch.nn.LazyBatchNorm1d"}, *STACK["args"]]}
    with pytest.raises(DataError, match=r"\[model\] module = .* failed in learning a batch: "):
        run(engine({**norm, "parameters": layers}), stream(3))
