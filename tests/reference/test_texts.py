"""A model of words against a few lines of plain Python that keep a weight for each word met."""

import random
from collections import defaultdict

import numpy as np
import pytest

from streamlr import arithmetic, category_codes
from streamlr.engine import Engine
from streamlr.records import Schema
from streamlr.tokens import Tokeniser
from tests.contract.engines import configuration

RATE = 0.5
ROWS = 400
VOCABULARY = 60
TOKENISER = Tokeniser(Schema((), "y", texts=("subject", "body")))


def texts() -> list[tuple[str | None, str]]:
    chance = random.Random(3)
    return [
        (
            None if chance.random() < 0.1 else f"w{chance.randrange(8)} w{chance.randrange(8)}",
            " ".join(f"w{chance.randrange(VOCABULARY)}" for _ in range(chance.randrange(30))),
        )
        for _ in range(ROWS)
    ]


def model(task: str = "binary", buckets: int = 1000) -> Engine:
    table = {"type": "constant", "rate": RATE}
    features = {"type": "scaling", "buckets": buckets}
    return Engine(configuration(table, "none", task, features=features), 0, texts=2)


def has(text: str | None, word: str) -> float:
    return float(word in (text or ""))


def samples() -> list[list[tuple[float, float]]]:
    """Of each record the inputs that are not 0: the weight's name, and the value."""
    seeds = [category_codes.seed(name) for name in ("subject", "body")]
    rows = []
    for record in texts():
        inputs = [(0.0, 1.0)]
        for text, seed in zip(record, seeds, strict=True):
            words = list(dict.fromkeys((text or "").split()))
            inputs += [(category_codes.code(w, seed), 4.0 / np.sqrt(len(words))) for w in words]
        rows.append(inputs)
    return rows


def test_the_kernel_has_the_bits_of_a_sparse_model_in_plain_python() -> None:
    truth = np.array([has(body, "w7") for _, body in texts()])
    weights: dict[float, float] = defaultdict(float)
    expected = []
    for inputs, y in zip(samples(), truth.tolist(), strict=True):
        total = 0.0
        for name, value in inputs:
            total += weights[name] * value
        p = arithmetic.sigmoid(total)
        values = np.array([value for _, value in inputs])
        step = RATE * (y - p) / (1.0 + RATE * arithmetic.dot(values, values) * (p * (1.0 - p)))
        for name, value in inputs:
            weights[name] += step * value
        expected.append(p)
    found = model().run(np.empty((ROWS, 0)), truth, TOKENISER.of_texts(texts()))
    assert found.answers[:, 0].tolist() == expected
    assert len({round(p, 6) for p in expected}) > ROWS // 2


def test_numbers_are_learned_from_words_as_well() -> None:
    truth = np.array(
        [10.0 * has(subject, "w7") - 3.0 * has(subject, "w6") for subject, _ in texts()]
    )
    engine = model("regression")
    engine.run(np.empty((ROWS, 0)), truth, TOKENISER.of_texts(texts()))
    assert engine.metrics()["windowed"]["r2"] > 0.5


def test_several_classes_are_told_apart_by_words() -> None:
    truth = np.array([has(subject, "w7") + 2.0 * has(subject, "w6") for subject, _ in texts()])
    truth[:4] = np.arange(4)
    engine = model("multiclass")
    engine.run(np.empty((ROWS, 0)), truth, TOKENISER.of_texts(texts()))
    assert engine.metrics()["windowed"]["accuracy"] > 0.8


@pytest.mark.parametrize("buckets", [1, 7])
def test_words_beyond_the_table_share_its_rows(buckets: int) -> None:
    engine = model(buckets=buckets)
    engine.run(np.empty((ROWS, 0)), np.ones(ROWS), TOKENISER.of_texts(texts()))
    used = np.flatnonzero(engine.state.model.weights[:, 0])
    assert used.tolist() == list(range(buckets + 1))


def test_what_a_sample_costs_does_not_depend_on_how_many_weights_there_are() -> None:
    """No row is touched but those of the sample's words: all others stay as they were."""
    engine = model(buckets=2**16)
    engine.run(np.empty((ROWS, 0)), np.ones(ROWS), TOKENISER.of_texts(texts()))
    weights = engine.state.model.weights
    weights[:] = np.arange(len(weights))[:, None]
    engine.run(np.empty((1, 0)), np.zeros(1), TOKENISER.of_texts([("w3", "w5 w6")]))
    assert np.count_nonzero(weights[:, 0] != np.arange(len(weights))) == 4
