"""Any of scikit-learn's classifiers and regressors that learn by ``partial_fit``, by dotted path.

The estimator is given rows of numbers, standardised as for streamlr's own models and 0 where
missing, and for each value of a categorical column an input of its own, 1 or 0: 256 of them, which
values share where there are more. A Pipeline has no ``partial_fit``, and needs none here. Labels
are class indices in the order of first appearance, or the standardised number. A classifier is told
at the first sample how many classes there may be: [stream] max_classes.

Every sample is learned by a call of its own, or ``batch`` of them by one: as soon as so many wait,
counted from the beginning of the stream. Each was predicted before.

Where the estimator has ``eta0`` and learning_rate="constant", [schedule] sets that. Where it has
not, and ``partial_fit`` takes a ``sample_weight``, that is the schedule's rate relative to the one
that the stream began with; else only [frequency] has an effect. Which it is, is said at start.
[classes] weights need an estimator that takes them.

Notes
-----
Stages, order and metrics are the daemon's own. scikit-learn takes 0.3 ms and more for a row learned
on its own, whatever the estimator: a batch of 32 costs hardly more. Without ``predict_proba`` all
is given to the class predicted. A ``random_state`` that is not given is 0. The object goes into a
checkpoint as a pickle, which ``[checkpoint] allow_pickle`` must allow.
"""

import inspect
import math
from collections.abc import Mapping
from types import ModuleType
from typing import Annotated, Any, Literal

import numpy as np
import structlog
from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from streamlr import by_path, pickles
from streamlr.by_path import PathError
from streamlr.components import NO_VOTE, ComponentConfig, Inputs
from streamlr.errors import DataError
from streamlr.models.in_python import SCRATCH, State, init

__all__ = ["SCRATCH", "State", "init"]

TASKS = ("binary", "multiclass", "regression")
OWNER = "scikit-learn"
CATEGORICAL = 256
"""Inputs for the values of categorical columns, where there are any."""

_PATIENCE = 100  # rows in succession that an estimator may know nothing of

log = structlog.get_logger("streamlr")


class Config(ComponentConfig):
    """An estimator of scikit-learn's that learns online."""

    type: Literal["sklearn"] = "sklearn"
    path: str = Field(
        description="its class, as sklearn.linear_model.SGDClassifier",
        examples=["sklearn.linear_model.SGDClassifier"],
    )
    parameters: dict[str, Any] = Field(
        default={}, description="what its constructor takes", validate_default=True
    )
    batch: Annotated[int, Field(ge=1, le=2**16)] = Field(
        default=1, description="samples that are learned by one partial_fit"
    )

    @field_validator("path")
    @classmethod
    def _learns_online(cls, path: str) -> str:
        try:
            _find(path)
        except PathError as error:
            raise PydanticCustomError("sklearn", "{why}", {"why": str(error)}) from error
        return path

    @field_validator("parameters")
    @classmethod
    def _fit(cls, parameters: dict[str, Any], others: ValidationInfo) -> dict[str, Any]:
        if "path" in others.data:
            try:
                _made(others.data["path"], parameters)
            except PathError as error:
                raise PydanticCustomError("sklearn", "{why}", {"why": str(error)}) from error
        return parameters

    @property
    def needs_pickle(self) -> bool:
        """It is scikit-learn that knows what is inside."""
        return True


def _find(path: str) -> type:
    _base()
    if "." not in path:
        raise PathError("it must be a dotted path, as sklearn.linear_model.SGDClassifier")
    found = by_path.find(path)
    if not hasattr(found, "partial_fit"):
        raise PathError(
            f"{found.__name__} has no partial_fit, so that it learns from a whole data set alone; "
            "choose one that learns online, as sklearn.linear_model.SGDClassifier, by itself: "
            "inputs come standardised"
        )
    return found


def _base() -> ModuleType:
    try:
        import sklearn.base  # noqa: PLC0415 - scikit-learn is optional
    except ImportError as error:
        message = "scikit-learn is not installed; add it with: pip install 'streamlr[sklearn]'"
        raise PathError(message) from error
    base: ModuleType = sklearn.base
    return base


def _made(path: str, parameters: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any estimator
    class_ = _find(path)
    made = by_path.make(class_, parameters, {"random_state": 0})
    try:
        made._validate_params()  # noqa: SLF001 - else it would do so at the first record
    except ValueError as error:
        raise PathError(f"the class {class_.__name__} refuses them: {error}") from error
    if not hasattr(made, "partial_fit"):
        raise PathError(f"{class_.__name__} has no partial_fit with these parameters")
    return made


def misfit(config: Config, task: str) -> str:
    """Why the estimator is not one for the task; empty where it is."""
    base, made = _base(), _made(config.path, config.parameters)
    name = type(made).__name__
    if task == "regression":
        return "" if base.is_regressor(made) else f"{name} is no regressor"
    return "" if base.is_classifier(made) else f"{name} is no classifier"


def takes_weight(config: Config) -> bool:
    """Whether a sample may count more or less than another."""
    return _takes(_made(config.path, config.parameters), "sample_weight")


def _takes(estimator: Any, parameter: str) -> bool:  # noqa: ANN401 - any estimator
    return parameter in inspect.signature(estimator.partial_fit).parameters


class Learner:
    """The estimator in the kernel's place for a model; see :class:`in_python.Learner`.

    Parameters
    ----------
    config
        Its table.
    task
        ``binary``, ``multiclass`` or ``regression``.
    numbers, categories
        Names of the columns.
    """

    def __init__(
        self, config: Config, task: str, numbers: tuple[str, ...], categories: tuple[str, ...]
    ) -> None:
        self._config, self._task = config, task
        self._dense = len(numbers)
        self._width = self._dense + (CATEGORICAL if categories else 0)
        self._estimator = _made(config.path, config.parameters)
        self._weighs = _takes(self._estimator, "sample_weight")
        self._first = math.nan  # the schedule's rate at the first sample
        self._fitted, self._even = False, 0
        self._rows: list[np.ndarray] = []
        self._targets: list[float] = []
        self._weights: list[float] = []
        self.vote = NO_VOTE
        log.info(_effect(self._driven, self._weighs), model=config.path)

    @property
    def _driven(self) -> bool:
        """Whether the estimator goes by a rate that can be set."""
        constant = getattr(self._estimator, "learning_rate", "constant") == "constant"
        return hasattr(self._estimator, "eta0") and constant

    def predict(self, state: State, inputs: Inputs, known: int) -> None:
        """Fill ``state.prediction``."""
        self.vote = NO_VOTE
        if not self._fitted:
            level = 1.0 / max(known, 1) if self._task == "multiclass" else 0.5
            state.prediction[:known] = 0.0 if self._task == "regression" else level
            return
        try:
            self._predict(state.prediction, self._row(inputs).reshape(1, -1), known)
        except Exception as error:
            raise self._failure("predicting", error) from error

    def _predict(self, prediction: np.ndarray, row: np.ndarray, known: int) -> None:
        if self._task == "regression":
            number = float(self._estimator.predict(row)[0])
            prediction[0] = number if math.isfinite(number) else 0.0
            return
        binary = self._task == "binary"
        chances = self._chances(row)[: 2 if binary else known]  # classes not met have no part
        total = chances.sum()
        self._even = 0 if total > 0.0 else self._even + 1
        if self._even > 0:
            chances, total = np.ones(len(chances)), len(chances)
            self._tell_even()
        if binary:
            prediction[0] = chances[1] / total
        else:
            prediction[:known] = chances / total

    def _chances(self, row: np.ndarray) -> np.ndarray:
        """What is given to each class that there may be, to within a factor; 0 for what is NaN."""
        estimator = self._estimator
        if hasattr(estimator, "predict_joint_log_proba"):  # NaN for a class not met is NaN for all
            joint = np.nan_to_num(estimator.predict_joint_log_proba(row)[0], nan=-math.inf)
            known = math.isfinite(joint.max())
            return np.exp(joint - joint.max()) if known else np.zeros(len(joint))
        if hasattr(estimator, "predict_proba"):
            given: np.ndarray = np.nan_to_num(estimator.predict_proba(row)[0])
            return given
        said = np.zeros(len(estimator.classes_))
        said[int(estimator.predict(row)[0])] = 1.0
        return said

    def _tell_even(self) -> None:
        """Tell of an estimator that long has known nothing: to an operator it looks like chance."""
        if self._even == _PATIENCE:
            log.warning(
                "the model gives no class a probability: all count as even (naive Bayes needs "
                "fields that vary within a batch: set [model] batch to 32 or so)",
                model=self._config.path,
            )

    def learn(
        self,
        state: State,
        inputs: Inputs,
        target: float,
        rates: np.ndarray,
        known: int,  # noqa: ARG002 - one signature for every model
    ) -> None:
        """Put the sample into the batch; learn that when it is full."""
        rate, weight = float(rates[0]), float(inputs.weight[0])
        self._first = rate if math.isnan(self._first) else self._first
        self._rows.append(self._row(inputs))
        self._targets.append(target)
        self._weights.append(weight if self._driven else weight * rate / self._first)
        if len(self._rows) < self._config.batch:
            return
        if self._driven:
            self._estimator.eta0 = rate
        try:
            self._fit_batch(max(len(state.prediction), 2))
        except Exception as error:
            raise self._failure("learning", error) from error

    def _fit_batch(self, classes: int) -> None:
        more: dict[str, Any] = {"sample_weight": self._weights} if self._weighs else {}
        targets = np.array(self._targets)
        if self._task != "regression":
            targets = targets.astype(np.int64)
            more |= {} if self._fitted else {"classes": np.arange(classes)}
        self._estimator.partial_fit(np.array(self._rows), targets, **more)
        self._fitted = True
        self._rows, self._targets, self._weights = [], [], []

    def _row(self, inputs: Inputs) -> np.ndarray:
        """Numbers, and a one for each categorical value; the bias is the estimator's own."""
        row = np.zeros(self._width)
        row[: self._dense] = inputs.value[: self._dense]
        for place, of in enumerate(inputs.row.tolist()):
            row[self._dense + of % CATEGORICAL] += inputs.value[self._dense + 1 + place]
        return row

    def _failure(self, doing: str, error: Exception) -> DataError:
        return DataError(
            f"[model] path = {self._config.path!r}: scikit-learn failed in {doing}: "
            f"{type(error).__name__}: {error}. Inputs come standardised, so that they are below 0 "
            "as well as above; choose an estimator or parameters that can take that"
        )

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the object, pickled with the unfinished batch."""
        waiting = (self._rows, self._targets, self._weights)
        known = (self._estimator, self._fitted, self._first, waiting)
        return {"pickle": pickles.pickled(known)}

    def fill(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Be that object."""
        known = pickles.unpickled(arrays["pickle"], OWNER)
        self._estimator, self._fitted, self._first, waiting = known
        self._rows, self._targets, self._weights = waiting


def _effect(driven: bool, weighs: bool) -> str:  # noqa: FBT001 - what the estimator offers
    if driven:
        return "the schedule sets the model's eta0"
    without = "the model has no learning rate to set (eta0, with learning_rate = 'constant')"
    effect = "weighs its samples" if weighs else "has no effect"
    return f"{without}: the schedule {effect}"
