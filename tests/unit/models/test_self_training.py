"""Lanes that learn from unlabelled records: what they do to others, and what they are worth."""

from pathlib import Path

import numpy as np
import pytest

from streamlr import OnlineModel, config, state_tree
from streamlr.checkpoint.format import Header
from streamlr.engine import Engine
from streamlr.models.self_training import lanes
from streamlr.pipeline import differences
from streamlr.schedules.racing import ballot
from tests.contract.engines import CATEGORIES, CLASSES, FEATURES, drifting, engine, new, run
from tests.reference.plain import Floats

ROWS = 900  # fewer labels than the race's memory waits for: a recall goes by what all lanes say
COLUMNS = 12
LABELLED = 0.05
POINT = 0.01


@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_other_lanes_are_what_they_are_without(task: str) -> None:
    """To the last bit."""
    stream = drifting(ROWS, 1, task, CATEGORIES)
    subject, alone = (new("race", "adwin", task, CATEGORIES, model) for model in ("pseudo", ""))
    run(subject, stream)
    run(alone, stream)
    assert subject.guesses > 0
    assert alone.guesses == 0
    beside, own = subject.state, alone.state
    assert beside.model.weights.tobytes() == own.model.weights.tobytes()
    assert beside.schedule.autostep.rate.tobytes() == own.schedule.autostep.rate.tobytes()
    every = beside.model.prediction.reshape(-1, subject.shape.lanes)
    others = own.model.prediction.reshape(-1, alone.shape.lanes)
    assert every[:CLASSES, : alone.shape.lanes].tobytes() == others[:CLASSES].tobytes()
    assert state_tree.digest(beside.features) == state_tree.digest(own.features)


@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_at_first_all_of_them_say_as_much_as_one_of_the_others(task: str) -> None:
    subject = new("race", "adwin", task, CATEGORIES, "pseudo")
    schedule, own = subject.state.schedule, len(lanes.PSEUDO) + len(lanes.WHITENED)
    votes = schedule.ballot if task == "binary" else schedule.plurality
    votes_of = np.exp(-ballot.RATE * votes.lane_loss)
    for says in (*schedule.mixture.weight, *votes_of, schedule.standing.weight):
        assert says[-own:].sum() == pytest.approx(says[0])
        assert (says[:-own] == says[0]).all()


def test_an_unlabelled_record_moves_pseudo_lanes_and_no_others() -> None:
    subject = engine("race", "adwin", "binary", model="pseudo")
    run(subject, drifting(200))
    model, guesses = subject.state.model, subject.guesses
    parts = (model.weights, model.whitened.learner.weights, model.pseudo.learner.weights)
    before = [part.tobytes() for part in parts]
    subject.run(np.full((1, FEATURES), 0.5), np.array([np.nan]))
    assert subject.guesses == guesses + 1
    assert [part.tobytes() != old for part, old in zip(parts, before, strict=True)] == [
        False,
        False,
        True,
    ]


def test_foretelling_learns_nothing() -> None:
    subject = engine("race", "adwin", "binary", model="pseudo")
    run(subject, drifting(200))
    before = {name: array.tobytes() for name, array in subject.arrays().items()}
    answers = subject.foretell(np.full((5, FEATURES), 0.5))
    changed = {name for name, array in subject.arrays().items() if array.tobytes() != before[name]}
    assert changed == set()
    said = subject.run(np.full((1, FEATURES), 0.5), np.array([np.nan]))
    assert said.answers[0].tobytes() == answers.answers[0].tobytes()


@pytest.mark.parametrize("best", [3, 21, 26], ids=["grid", "pseudo", "whitened"])
def test_lanes_that_lag_restart_from_the_best(best: int) -> None:
    subject = engine("race", "adwin", "binary", model="pseudo")
    values, labels = drifting(200)
    subject.run(values, labels)
    model = subject.state.model
    model.faded[:] = 1.0
    model.faded[best] = 0.5
    model.faded[best + 1] = 0.6  # 1.2 times the best's
    model.learned[0] = lanes._RESTART_EVERY - 1  # when it is due
    subject.run(values[:1], np.array([1.0]))
    every = np.hstack([model.weights, model.pseudo.learner.weights, model.whitened.learner.weights])
    grid = subject.shape.lanes - len(lanes.PSEUDO) - len(lanes.WHITENED)
    same = (every == every[:, [best]]).all(axis=0)
    own = np.arange(grid, subject.shape.lanes)
    others = own[(own != best) & (own != best + 1)]
    assert same[others].all()
    assert not same[best + 1]
    assert model.faded[others] == pytest.approx(model.faded[best])


def test_samples_that_count_more_count_alike_in_the_race_and_here() -> None:
    """Here it is for the restarts, of which none is due yet."""
    subject = engine("race", "adwin", "binary", model="pseudo", classes={"weights": "balanced"})
    run(subject, drifting(lanes._RESTART_EVERY - 1))
    found, expected = subject.state.model.faded, subject.state.schedule.standing.faded
    assert found.tolist() == expected.tolist()


# --- what they are worth ----------------------------------------------------------------------


def accuracy(values: Floats, truth: Floats, unlabelled: str, seed: int) -> float:
    """Of all records, the labels of most of which are kept from the engine."""
    random = np.random.default_rng([seed, 7])
    labels = np.where(random.random(len(truth)) < LABELLED, truth, np.nan)
    subject = _engine(unlabelled)
    return float(np.mean(subject.run(values, labels).said == truth))


def _engine(unlabelled: str) -> Engine:
    tables = {
        "source": {"type": "simulator"},
        "stream": {"label": "y"},
        "labels": {"unlabelled": unlabelled},
    }
    return Engine(config.build(tables), COLUMNS)


def gain(values: Floats, truth: Floats, seed: int) -> float:
    ignored, learned = (accuracy(values, truth, how, seed) for how in ("ignore", "pseudo"))
    return learned - ignored


def clusters(random: np.random.Generator, rows: int) -> tuple[Floats, Floats]:
    """Return rows of two clouds, and which each is of."""
    cloud = random.integers(0, 2, rows).astype(np.float64)
    apart = np.full(COLUMNS, 2.0 / np.sqrt(COLUMNS))
    return random.standard_normal((rows, COLUMNS)) + np.outer(2 * cloud - 1, apart), cloud


@pytest.mark.parametrize("seed", range(3))
def test_clusters_that_turn_against_their_labels_cost_little(seed: int) -> None:
    """Every 1,000 records the clouds swap labels: what was guessed so far is then all wrong."""
    values, cloud = clusters(np.random.default_rng(seed), 6000)
    truth = (cloud + np.arange(6000) // 1000) % 2
    assert gain(values, truth, seed) > -POINT


@pytest.mark.parametrize("seed", range(3))
def test_clusters_that_have_nothing_to_do_with_the_labels_cost_little(seed: int) -> None:
    random = np.random.default_rng(seed)
    values, _ = clusters(random, 6000)
    rule = np.resize([1.0, -1.0], COLUMNS)  # at right angles to what parts the clouds
    assert gain(values, (values @ rule > 0).astype(np.float64), seed) > -POINT


@pytest.mark.parametrize("seed", range(3))
def test_columns_that_vary_together_need_fewer_labels(seed: int) -> None:
    random = np.random.default_rng(seed)
    hidden = random.standard_normal((6000, COLUMNS))
    together = random.standard_normal((COLUMNS, COLUMNS)) * 0.7 ** np.arange(COLUMNS)
    truth = (hidden @ random.standard_normal(COLUMNS) > 0).astype(np.float64)
    assert gain(hidden @ together.T, truth, seed) > 2 * POINT


# --- around them ------------------------------------------------------------------------------


def test_as_a_library_by_the_daemons_table(tmp_path: Path) -> None:
    values, labels = drifting(300)
    tables = {
        "stream": {"features": [f"x{n}" for n in range(FEATURES)]},
        "labels": {"unlabelled": "pseudo"},
    }
    model = OnlineModel.from_config(tables)
    model.learn_many(values, np.where(np.arange(300) % 3, np.nan, labels))
    model.save(tmp_path / "model")
    again = OnlineModel.load(tmp_path / "model")
    assert again.learn_many(values, labels).probability.tobytes() == (
        model.learn_many(values, labels).probability.tobytes()
    )


def test_a_checkpoint_of_before_is_one_that_ignored_them() -> None:
    tables = {"source": {"type": "simulator"}, "stream": {"label": "y"}}
    now = config.build(tables)
    header = Header("streamlr", {}, (), (), "y", (), {}, {})
    told = [fault for fault in differences(header, now) if fault.startswith("[labels]")]
    assert told == []
    asked = config.build({**tables, "labels": {"unlabelled": "pseudo"}})
    told = [fault for fault in differences(header, asked) if fault.startswith("[labels]")]
    assert told == ["[labels] unlabelled was 'ignore', is 'pseudo'"]
