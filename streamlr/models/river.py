"""Any of River's classifiers, regressors and anomaly detectors, by dotted path, in Python.

The model is given each record's fields by name, as they came: numbers, not standardised; a missing
field is left out; a categorical value is a text of its own, ``"0"``, ``"1"`` … in the order of
first appearance. Scaling is River's to do, in a pipeline::

    path = "river.compose.Pipeline"
    parameters = { steps = [
        { path = "river.preprocessing.StandardScaler" },
        { path = "river.linear_model.LogisticRegression" },
    ] }

Where the model is linear, or an ensemble of linear models, [schedule] drives their optimizer's rate
and the intercept's, in place of the rates they were made with. Others have no learning rate to set
(trees and wrappers copy their parts as they go). Where ``learn_one`` takes a weight, as a tree's
does, it is given the schedule's rate, relative to the one that the stream began with; else only
[frequency] has an effect. Which it is, is said at start. [classes] weights go the same way, and
need a model that takes them. Labels are true and false, class indices in the order of first
appearance, or the numbers themselves. Without labels, an anomaly detector's own score takes the
place of the distance; there is no opponent then, so no variance is explained.

Notes
-----
Stages, order and metrics are the daemon's own. Time a sample: about 30 µs for them, and River's
own. A number that is not finite is predicted as 0. A ``seed`` that is not given is 0. River's
object goes into a checkpoint as a pickle, which ``[checkpoint] allow_pickle`` must allow.
"""

import math
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import structlog
from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from streamlr import river_objects
from streamlr.components import NO_VOTE, ComponentConfig, Inputs
from streamlr.errors import DataError
from streamlr.models.in_python import SCRATCH, State, init
from streamlr.river_objects import RiverError
from streamlr.tasks.unsupervised import NO_GROUP

__all__ = ["SCRATCH", "State", "init"]

TASKS = ("binary", "multiclass", "regression", "unsupervised")
OWNER = "River"
SCALED = False

log = structlog.get_logger("streamlr")


class Config(ComponentConfig):
    """A model of River's."""

    type: Literal["river"] = "river"
    path: str = Field(
        description="its class, as river.tree.HoeffdingTreeClassifier",
        examples=["river.tree.HoeffdingTreeClassifier"],
    )
    parameters: dict[str, Any] = Field(
        default={}, description="what its constructor takes", validate_default=True
    )

    @field_validator("path")
    @classmethod
    def _is_class(cls, path: str) -> str:
        try:
            river_objects.find(path)
        except RiverError as error:
            raise PydanticCustomError("river", "{why}", {"why": str(error)}) from error
        return path

    @field_validator("parameters")
    @classmethod
    def _fit(cls, parameters: dict[str, Any], others: ValidationInfo) -> dict[str, Any]:
        if "path" in others.data:
            try:
                river_objects.make(river_objects.find(others.data["path"]), parameters)
            except RiverError as error:
                raise PydanticCustomError("river", "{why}", {"why": str(error)}) from error
        return parameters

    @property
    def needs_pickle(self) -> bool:
        """It is River that knows what is inside."""
        return True


def misfit(config: Config, task: str) -> str:
    """Why the model is not one for the task; empty where it is."""
    from river import base  # noqa: PLC0415 - River is optional

    model = river_objects.last_step(
        river_objects.make(river_objects.find(config.path), config.parameters)
    )
    if task == "unsupervised":
        fits = isinstance(model, base.AnomalyDetector)
        return "" if fits else f"{type(model).__name__} is no anomaly detector"
    if task == "regression":
        return (
            "" if isinstance(model, base.Regressor) else f"{type(model).__name__} is no regressor"
        )
    if not isinstance(model, base.Classifier):
        return f"{type(model).__name__} is no classifier"
    if task == "multiclass" and not model._multiclass:  # noqa: SLF001 - River's own word for it
        return (
            f"{type(model).__name__} tells two classes apart, no more; put it into "
            "river.multiclass.OneVsRestClassifier"
        )
    return ""


def takes_weight(config: Config) -> bool:
    """Whether a sample may count more or less than another."""
    return river_objects.takes_weight(
        river_objects.make(river_objects.find(config.path), config.parameters)
    )


class Learner:
    """River's object in the kernel's place for a model; see :class:`in_python.Learner`.

    Parameters
    ----------
    config
        Its table.
    task
        ``binary``, ``multiclass``, ``regression`` or ``unsupervised``.
    numbers, categories
        Names of the columns.
    """

    def __init__(
        self, config: Config, task: str, numbers: tuple[str, ...], categories: tuple[str, ...]
    ) -> None:
        self._path, self._task = config.path, task
        self._numbers, self._categories = numbers, categories
        self._river = river_objects.make(river_objects.find(config.path), config.parameters)
        self._driven = list(river_objects.with_rates(self._river))
        self._weighs = river_objects.takes_weight(self._river)
        self._rate = math.nan  # the latest; of a model that has none, the first
        self.vote = NO_VOTE
        if not self._driven:
            log.info(
                "the model has no learning rate to set: the schedule's weighs its samples"
                if self._weighs
                else "the model has no learning rate to set: the schedule has no effect",
                model=self._path,
            )

    def predict(self, state: State, inputs: Inputs, known: int) -> None:
        """Fill ``state.prediction``: P(true), the probability of each known class, or a number."""
        fields = self._fields(inputs)
        try:
            if self._task == "regression":
                number = self._river.predict_one(fields)
                finite = number is not None and math.isfinite(number)
                state.prediction[0] = number if finite else 0.0
            elif self._task == "unsupervised":
                score = self._river.score_one(fields)
                state.prediction[0] = score if math.isfinite(score) else 0.0
                state.prediction[1], state.prediction[2] = math.nan, NO_GROUP
            else:
                self._predict_class(state.prediction, fields, known)
        except Exception as error:
            raise self._failure("predicting", fields, error) from error

    def _predict_class(self, prediction: np.ndarray, fields: dict[str, Any], known: int) -> None:
        try:
            chances = self._river.predict_proba_one(fields)
        except NotImplementedError:
            label = self._river.predict_one(fields)
            chances = {} if label is None else {label: 1.0}
        self.vote = int(max(chances, key=chances.get)) if chances else NO_VOTE
        if self._task == "binary":
            prediction[0] = chances.get(True, 0.0) if chances else 0.5
            return
        prediction[:known] = 0.0 if chances else 1.0 / max(known, 1)
        for label, chance in chances.items():
            if label < known:
                prediction[label] = chance

    def learn(
        self,
        state: State,  # noqa: ARG002 - one signature for every model
        inputs: Inputs,
        target: float,
        rates: np.ndarray,
        known: int,  # noqa: ARG002
    ) -> None:
        """Learn one sample, at the schedule's rate where the model has one."""
        rate, weight = float(rates[0]), float(inputs.weight[0])
        if self._driven and rate != self._rate:
            self._rate = rate
            self._drive()
        elif not self._driven:
            self._rate = rate if math.isnan(self._rate) else self._rate
            weight *= rate / self._rate
        counts = {"w": weight} if self._weighs and weight != 1.0 else {}
        fields = self._fields(inputs)
        label: tuple[Any, ...] = ()
        if self._task != "unsupervised":
            kind = {"binary": bool, "multiclass": int, "regression": float}[self._task]
            label = (kind(target),)
        try:
            self._river.learn_one(fields, *label, **counts)
        except Exception as error:
            raise self._failure("learning", fields, error) from error

    def _drive(self) -> None:
        from river.optim.schedulers import Constant  # noqa: PLC0415 - River is optional

        for model in self._driven:
            # softmax regression copies its optimizer for each class that it meets
            for optimizer in (model.optimizer, *getattr(model, "optimizers", {}).values()):
                optimizer.lr = Constant(self._rate)
            if hasattr(model, "intercept_lr") and model.intercept_lr.get(0) != 0:  # 0 holds it
                model.intercept_lr = Constant(self._rate)

    def _fields(self, inputs: Inputs) -> dict[str, Any]:
        values, numbers = inputs.value.tolist(), len(self._numbers)
        fields: dict[str, Any] = {
            name: value
            for name, value in zip(self._numbers, values, strict=False)
            if value == value  # noqa: PLR0124 - NaN is missing
        }
        for name, row in zip(self._categories, values[numbers + 1 :], strict=True):
            if row == row:  # noqa: PLR0124
                fields[name] = str(int(row))
        return fields

    def _failure(self, doing: str, fields: dict[str, Any], error: Exception) -> DataError:
        return DataError(
            f"[model] path = {self._path!r}: River failed in {doing} {fields}: "
            f"{type(error).__name__}: {error}. Choose a model or parameters that can take such a "
            "record, or leave fields out by [stream] ignore"
        )

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the object, pickled with those parts of it whose rate is driven."""
        return {"pickle": river_objects.pickled((self._river, self._driven, self._rate))}

    def fill(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Be that object."""
        self._river, self._driven, self._rate = river_objects.unpickled(arrays["pickle"])
