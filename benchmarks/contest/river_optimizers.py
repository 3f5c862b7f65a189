"""River's linear models, each with one of its optimizers, at the defaults.

As its users write them: numbers through ``StandardScaler``, categorical values through
``OneHotEncoder(drop_zeros=True)``, for numbers to predict ``TargetStandardScaler`` around
``LinearRegression``. What is missing is left out of a row. Without that scaler SGD reaches about
the same, AdaGrad less, and Adam more on some streams, less on others.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from river import compose, linear_model, optim, preprocessing

from benchmarks.contest import scores
from benchmarks.contest.scores import Outcome
from benchmarks.contest.streams import Table

OPTIMIZERS: dict[str, Callable[[], optim.base.Optimizer]] = {
    "river_sgd": lambda: optim.SGD(0.01),
    "river_adam": optim.Adam,
    "river_adagrad": optim.AdaGrad,
}
"""Policy → its optimizer."""


def outcome(table: Table, policy: str) -> Outcome:
    """Return what one reaches."""
    model = _model(table, OPTIMIZERS[policy]())
    rows = list(_rows(table))
    numbers = table.task == "regression"
    truth = table.truth if numbers else table.truth.astype(np.int64)
    said: list[Any] = []
    predict = model.predict_one if numbers else model.predict_proba_one
    began = time.process_time()
    for features, label in zip(rows, truth.tolist(), strict=True):
        said.append(predict(features))
        model.learn_one(features, label)
    spent = time.process_time() - began
    if numbers:
        return Outcome(scores.of_numbers(truth, np.array(said)), len(rows), spent)
    chances = np.array([[of.get(class_, 0.0) for class_ in range(table.classes)] for of in said])
    return Outcome(scores.of_classes(truth, chances), len(rows), spent)


def _model(table: Table, optimizer: optim.base.Optimizer) -> Any:  # noqa: ANN401 - a pipeline
    learner = {
        "binary": linear_model.LogisticRegression,
        "multiclass": linear_model.SoftmaxRegression,
        "regression": linear_model.LinearRegression,
    }[table.task](optimizer)
    if table.task == "regression":
        learner = preprocessing.TargetStandardScaler(learner)
    numeric, categorical = table.names[: table.features], table.names[table.features :]
    inputs = compose.Discard(*categorical) | preprocessing.StandardScaler()
    if categorical:  # Discard, not Select: what is missing is no error
        inputs += compose.Discard(*numeric) | preprocessing.OneHotEncoder(drop_zeros=True)
    return inputs | learner


def _rows(table: Table) -> Iterator[dict[str, float]]:
    for values in table.values.tolist():
        yield {
            name: value
            for name, value in zip(table.names, values, strict=True)
            if value == value  # noqa: PLR0124 - NaN is missing
        }
