"""The kernel as plain Python, for a model that cannot be compiled: same code, order and bits.

The stages that take time (metrics, detector, schedule) are compiled one by one; the small ones, for
which a call into compiled code would cost more than they do, run as Python.
"""

import copy
from collections.abc import Callable, Mapping
from types import FunctionType, ModuleType, SimpleNamespace
from typing import Any, TypeVar

import numpy as np

from streamlr import compiling, components, kernel
from streamlr.components import NO_VOTE, Inputs
from streamlr.detectors import adwin as detector
from streamlr.detectors import watch
from streamlr.evaluation import prequential as evaluator
from streamlr.features import as_is
from streamlr.features import scaling as features
from streamlr.models.in_python import Learner
from streamlr.schedules import constant as schedule

R = TypeVar("R")


class Aside:
    """A learner to ask without a trace: it answers by a copy, since predicting may leave some.

    (River's dictionaries of defaults grow when they are asked for what they do not have.)
    """

    def __init__(self, learner: Learner) -> None:
        self._learner = learner
        self._copy: Learner | None = None

    def renew(self) -> None:
        """Ask a new copy from here on: the learner has changed."""
        self._copy = None

    @property
    def vote(self) -> int:
        """As the learner's."""
        return self._copy.vote if self._copy is not None else NO_VOTE

    def predict(self, state: Any, inputs: Inputs, known: int) -> None:  # noqa: ANN401 - any state
        """Predict as the learner would."""
        if self._copy is None:
            self._copy = copy.deepcopy(self._learner)
        self._copy.predict(state, inputs, known)


def bind(
    template: Callable[..., R],
    stages: Mapping[str, ModuleType],
    learner: Learner | Aside,
    *,
    numbers: bool,
) -> Callable[..., R]:
    """A template of :mod:`streamlr.kernel` with these stages, and the learner for its model.

    With ``numbers``, what is predicted is a number, which the model learns and says as it is.
    """
    evaluation, drift, adapting = stages["evaluator"], stages["detector"], stages["schedule"]
    read_out = _plain(adapting).read_out

    def read_out_and_vote(state: Any, prediction: np.ndarray, answer: np.ndarray) -> int:  # noqa: ANN401
        read_out(state, prediction, answer)
        return learner.vote

    task = _plain(stages["task"])
    if numbers:
        task.say, task.target = _say_number, _number_itself
    bound = {
        "task": task,
        "features": _encoding(stages["features"]),
        "model": learner,
        "weighing": _plain(stages["weighing"]),
        "watch": _plain(watch),
        "evaluator": SimpleNamespace(update=_fused(evaluate, evaluator=evaluation)),
        "detector": SimpleNamespace(
            is_due=_plain(drift).is_due, update=_fused(detect, detector=drift)
        ),
        "schedule": SimpleNamespace(
            read_out=read_out_and_vote,
            update=_fused(adapt, schedule=adapting),
            move=_plain(adapting).move,
        ),
        "frequency": _plain(stages["frequency"]),
        "unlabelled": _plain(stages["unlabelled"]),
        "copy": _copy,
        "before_end": _plain(components).before_end,
        "keep_rows": _plain(components).keep_rows,
    }
    rebound = FunctionType(template.__code__, {**vars(kernel), **bound})
    quiet: Callable[..., R] = np.errstate(all="ignore")(rebound)  # as compiled code is
    return quiet


def _encoding(scaler: ModuleType) -> Any:  # noqa: ANN401 - a module, or what stands for one
    """As it is in Python, or compiled function by function."""
    if scaler is as_is:
        return scaler
    return SimpleNamespace(
        transform=_fused(transform, features=scaler),
        read=_fused(read, features=scaler),
        update=_fused(take_in, features=scaler),
        look=_fused(look, features=scaler),
        find=_fused(find, features=scaler),
        used=_plain(scaler).used,
    )


def transform(state: Any, values: np.ndarray, inputs: Inputs) -> None:  # noqa: ANN401 - any state
    """Encode a row; a template, as :func:`streamlr.kernel.process` is."""
    features.transform(state, values, inputs)


def read(
    state: Any,  # noqa: ANN401 - any state
    values: np.ndarray,
    span: np.ndarray,
    code: np.ndarray,
    inputs: Inputs,
) -> int:
    """Encode its texts; a template as well."""
    return features.read(state, values, span, code, inputs)


def take_in(state: Any, values: np.ndarray) -> None:  # noqa: ANN401 - any state
    """Let the moments see a row; a template as well."""
    features.update(state, values)


def look(state: Any, values: np.ndarray, inputs: Inputs) -> int:  # noqa: ANN401 - any state
    """Encode a row without a trace; a template as well."""
    return features.look(state, values, inputs)


def find(  # noqa: PLR0913, PLR0917 - the features' own arguments
    state: Any,  # noqa: ANN401 - any state
    values: np.ndarray,
    span: np.ndarray,
    code: np.ndarray,
    new: int,
    inputs: Inputs,
) -> int:
    """Encode its texts without a trace; a template as well."""
    return features.find(state, values, span, code, new, inputs)


def _fused(template: Callable[..., Any], **stages: ModuleType) -> Callable[..., Any]:
    return compiling.fuse(template, stages, allocates=False)


def _plain(module: ModuleType) -> SimpleNamespace:
    """A module's functions as Python."""
    own = vars(module).items()
    return SimpleNamespace(**{name: getattr(value, "py_func", value) for name, value in own})


def evaluate(  # noqa: PLR0913, PLR0917 - the evaluation's own arguments
    state: Any,  # noqa: ANN401 - any state
    truth: float,
    said: float,
    chance: float,
    certainty: float,
    before: float,
) -> None:
    """Score one prediction; a template, as :func:`streamlr.kernel.process` is."""
    evaluator.update(state, truth, said, chance, certainty, before)


def detect(state: Any, value: float) -> int:  # noqa: ANN401 - any state
    """Let the detector see one value; a template as well."""
    return detector.update(state, value)


def adapt(  # noqa: PLR0913, PLR0917 - the schedule's own arguments
    state: Any,  # noqa: ANN401 - any state
    prediction: np.ndarray,
    target: float,
    loss: float,
    signal: int,
    severity: float,
    inputs: Inputs,
) -> int:
    """Set the rate of this step; a template as well."""
    return schedule.update(state, prediction, target, loss, signal, severity, inputs)


def _copy(source: np.ndarray, target: np.ndarray) -> None:
    target[: len(source)] = source


def _say_number(state: Any, answer: np.ndarray, vote: int) -> float:  # noqa: ANN401, ARG001
    return float(answer[0])


def _number_itself(state: Any, truth: float) -> float:  # noqa: ANN401, ARG001 - any state
    return truth
