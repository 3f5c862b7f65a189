"""What is spoken: a linear model's lanes and how they are heard, out of an engine's state."""

from typing import Any, NamedTuple

import numpy as np

from streamlr.components import NO_CLASS, Shape
from streamlr.engine import Engine
from streamlr.errors import ConfigurationError, DataError
from streamlr.records import Schema
from streamlr.schedules.racing import standing
from streamlr.tasks.regression import CLIP

MODELS = {"binary": "logistic", "multiclass": "softmax", "regression": "linear"}
"""Task → the model of it that can be exported."""


class Spoken(NamedTuple):
    """All that a prediction follows from.

    Attributes
    ----------
    task
        ``binary``, ``multiclass`` or ``regression``.
    label, features, categories
        Names of the fields.
    classes
        Learned, in the order of their indices.
    samples
        Learned so far.
    mean, inverse_deviation : float64 [features]
        By which numbers are standardised.
    clip
        Largest standardised magnitude.
    code : int64 [values]
        Codes of the categorical values that have a weight row.
    row : int64 [values]
        These rows.
    limit
        Rows for categorical values; where all are given away, one of no row has that of its code's
        remainder.
    weights : float64 [rows, outputs, lanes]
        Numbers, the bias, categorical values.
    kind : [lanes]
        ``grid``, ``autostep``, or ``only``.
    learning_rate, share : float64 [lanes]
        Its rate; how much it is heard, of 1.
    offset, scale
        Of a number predicted: the labels' mean and standard deviation.
    bound
        Largest standardised number.
    positive
        Index of the class that the threshold is about.
    threshold
        Least probability at which it is said.
    """

    task: str
    label: str
    features: tuple[str, ...]
    categories: tuple[str, ...]
    classes: tuple[Any, ...]
    samples: int
    mean: np.ndarray
    inverse_deviation: np.ndarray
    clip: float
    code: np.ndarray
    row: np.ndarray
    limit: int
    weights: np.ndarray
    kind: tuple[str, ...]
    learning_rate: np.ndarray
    share: np.ndarray
    offset: float
    scale: float
    bound: float
    positive: int
    threshold: float


def of(engine: Engine, model: str, task: str, schema: Schema, classes: tuple[Any, ...]) -> Spoken:
    """Take it out of an engine's state.

    Parameters
    ----------
    model
        Type of the model.
    task
        ``[stream] task``.
    schema
        The fields.
    classes
        Those met.

    Raises
    ------
    ConfigurationError
        The model is not linear.
    DataError
        Nothing was learned yet.
    """
    refuse_others(model, task)
    state, shape = engine.state, engine.shape
    _refuse_parts(shape, schema)
    samples = int(state.counters.learned[0])
    if samples == 0:
        raise DataError("nothing to export: no labelled record has been learned yet")
    known = int(state.task.met[0]) if task == "multiclass" else 1
    learned = classes[:known] if task == "multiclass" else classes  # others wait for their record
    table, regression = state.features.categories, task == "regression"
    used = shape.features + 1 + int(table.met[0])
    taken = table.code != 0.0
    kinds, rates, share = _heard(engine)
    weights = state.model.weights[:used].reshape(used, -1, shape.lanes)[:, :known]
    positive, least = threshold(state.task)
    return Spoken(
        task=task,
        label=schema.label,
        features=schema.features,
        categories=schema.categories,
        classes=learned,
        samples=samples,
        mean=state.features.mean.copy(),
        inverse_deviation=state.features.inverse_deviation.copy(),
        clip=float(state.features.clip[0]),
        code=table.code[taken].astype(np.int64),
        row=table.row[taken],
        limit=int(table.limit[0]),
        weights=weights.copy(),
        kind=kinds,
        learning_rate=rates,
        share=share,
        offset=float(state.task.mean[0]) if regression else 0.0,
        scale=float(state.task.deviation[0]) if regression else 1.0,
        bound=CLIP,
        positive=positive,
        threshold=least,
    )


def refuse_others(model: str, task: str) -> None:
    """Refuse a model that is not linear.

    Raises
    ------
    ConfigurationError
        With those that can be exported.
    """
    if MODELS.get(task) != model:
        raise ConfigurationError(
            f"[model] type = {model!r} with [stream] task = {task!r} cannot be exported, only "
            "streamlr's own linear models can: logistic (binary), softmax (multiclass) and linear "
            "(regression), which are the tasks' defaults"
        )


def _refuse_parts(shape: Shape, schema: Schema) -> None:
    """Refuse inputs that are not a record's numbers and categories, and lanes that are not linear.

    Derived columns rest on records before, words on a text's parts.
    """
    derived = shape.features + shape.categories - len(schema.features) - len(schema.categories)
    for others, table in (
        (derived, "[[derive]]"),
        (shape.tokens, "[stream] texts"),
        (len(shape.brought), "[labels] unlabelled = 'pseudo'"),
    ):
        if others:
            raise ConfigurationError(
                f"a model with {table} cannot be exported: only one can that predicts from the "
                "numbers and categories of a record alone, by streamlr's own linear lanes"
            )


def threshold(task: Any) -> tuple[int, float]:  # noqa: ANN401 - any task's state
    """The positive class and its threshold: one half where none is set or the class was not met."""
    if hasattr(task, "positive") and task.positive[0] != NO_CLASS:
        return int(task.positive[0]), float(task.threshold[0])
    return 1, 0.5


def _heard(engine: Engine) -> tuple[tuple[str, ...], np.ndarray, np.ndarray]:
    """Kind, learning rate and share of each lane."""
    race = engine.state.schedule
    if not hasattr(race, "standing"):
        return ("only",), np.array([engine.learning_rate]), np.ones(1)
    share = race.mixture.belief @ race.mixture.weight if hasattr(race, "mixture") else None
    kinds = standing.kinds(race, engine.shape.brought)
    rates = np.exp(race.standing.log_rate)
    return kinds, rates, race.hedge.weight.copy() if share is None else share
