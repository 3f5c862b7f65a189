"""The learning-rate engine without a model: a loss goes in, the rate of any optimizer is set."""

import math
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Self

import numpy as np

from streamlr import compiling, registry, state_tree
from streamlr.components import DRIFT, NO_SIGNAL, Inputs, Shape, room
from streamlr.detectors import blocks
from streamlr.errors import ConfigurationError, DataError, StorageError
from streamlr.library import plain_state, step_arguments, stepping
from streamlr.library.drivers import Driven
from streamlr.library.scheduler_settings import BY_GRADIENT, Component, configured
from streamlr.records import Journal
from streamlr.schedules import warm_up

_DECISIONS_KEPT = 10_000
_HIGHEST = 1e100  # a loss beyond, summed up, would be infinite one day


class Effect(NamedTuple):
    """What a step did.

    Attributes
    ----------
    rate
        The learning rate of this very step.
    factor
        It, over the rate that the schedule begins with: a weight, for what has no learning rate.
    updates
        How many steps to take: none, once with what the loss was of, or that and then the ones just
        before it, most recent first.
    reason
        Why the rate changed, or the step was skipped; empty where there is nothing to tell.
    alarm
        ``drift``, ``warning``, or empty.
    """

    rate: float
    factor: float
    updates: int
    reason: str
    alarm: str


class LearningRateScheduler:
    """One of streamlr's schedules, to drive the learning rate of what you have.

    Each step takes the loss of what was just predicted and sets the rate at which it is then
    learned. It is the schedule and the drift detector of the daemon: the same losses bring the
    same rates, bit for bit.

    Parameters
    ----------
    schedule
        Its type, or its table: ``{"type": "cosine", "rate": 0.1, "period": 5000}``. Any with one
        rate that goes by the number of samples, the loss or alarms; and ``hypergradient``.
    detector
        A drift detector's type, or its table; none: no alarms. It watches the ``error`` given with
        each step; with ``{"type": "adwin", "watch": "loss"}`` the loss.
    frequency
        How many updates a step is worth, as :attr:`Effect.updates`; none: one.

    Attributes
    ----------
    rate
        The learning rate now.
    steps
        Steps taken.
    skipped
        Steps not taken, since the loss or the gradient was not finite.

    Raises
    ------
    ConfigurationError
        With every fault: table, key, value, what is allowed. Or the schedule cannot go by what a
        step is given.

    Notes
    -----
    What a schedule counts in samples, it counts in steps here: with a mini-batch, whose mean loss
    and share of errors are given, a step is a batch.

    Time a step: 10 to 15 µs, and what setting the rate takes. The first of its kind is compiled,
    which takes seconds, once: the cache folder keeps it.

    Examples
    --------
    >>> from streamlr import LearningRateScheduler
    >>> scheduler = LearningRateScheduler({"type": "step", "rate": 0.5, "every": 2})
    >>> group = {"lr": 0.1}  # as in a torch optimizer's param_groups
    >>> scheduler.drive(group).rate, group["lr"]
    (0.5, 0.5)
    >>> [scheduler.step(loss).rate for loss in (0.7, 0.6, 0.6)]
    [0.5, 0.5, 0.25]
    >>> group["lr"]
    0.25
    """

    def __init__(
        self,
        schedule: Component,
        *,
        detector: Component | None = None,
        frequency: Component | None = None,
    ) -> None:
        self._tables = configured(schedule, detector, frequency)
        self._schedule, self._detector = self._tables["schedule"], self._tables["detector"]
        scheduling = registry.load("schedules", self._schedule.type)
        detecting = registry.load("detectors", self._detector.type)
        self._by_gradient = self._schedule.type in BY_GRADIENT
        self._stages: dict[str, Any] = {
            "schedule": warm_up.before(scheduling, self._schedule),
            "detector": detecting,
            "frequency": registry.load("frequencies", self._tables["frequency"].type),
        }
        self._advance: Callable[..., tuple[int, int, int]] = compiling.fuse(
            stepping.advance, self._stages, allocates=False
        )
        self._first = float(scheduling.init(self._schedule, _shape(1)).rates[0])
        self._listener = self._new_listener()
        self._state, self._inputs = self._beginning(length=1)
        self._driven: list[Driven] = []
        self._decisions: deque[Journal] = deque(maxlen=_DECISIONS_KEPT)

    def _new_listener(self) -> blocks.Listener | None:
        listen = getattr(self._stages["detector"], "listener", None)
        return listen(self._detector) if listen else None

    def _beginning(self, length: int) -> tuple[stepping.State, Inputs]:
        """The state before the first step, and room for gradients of this length."""
        shape = _shape(length)
        state = stepping.State(
            steps=np.zeros(1, np.int64),
            skipped=np.zeros(1, np.int64),
            detector=self._stages["detector"].init(self._detector, shape),
            schedule=self._stages["schedule"].init(self._schedule, shape),
            frequency=self._stages["frequency"].init(self._tables["frequency"], _shape(1)),
        )
        return state, room(shape)

    # --- driving ------------------------------------------------------------------------------

    def drive(self, target: Any, *, relative: bool = False) -> Self:  # noqa: ANN401 - as it says
        """Set the learning rate of ``target``, now and at each step; return the scheduler.

        Parameters
        ----------
        target
            What has one: a River model, pipeline or optimizer; a torch optimizer, or one of its
            ``param_groups``; a scikit-learn estimator with ``eta0`` and
            ``learning_rate="constant"``; or a function, which is called with the rate. There may
            be several, one after the other.
        relative
            Keep the rate that the target has now, each of a torch optimizer's groups its own, and
            multiply it by :attr:`Effect.factor`; else the rate itself is set.

        Raises
        ------
        ConfigurationError
            It has no rate to set, a schedule of its own, or groups with different rates and
            ``relative`` was not said.

        Notes
        -----
        Of River's, give the model rather than its optimizer: it also has a rate for its intercept,
        and may have made copies of the optimizer.
        """
        driven = Driven(target, relative=relative)
        driven.set(self.rate, self._factor)
        self._driven.append(driven)
        return self

    def step(
        self,
        loss: float,
        error: float | None = None,
        *,
        gradient: Any = None,  # noqa: ANN401 - any array
    ) -> Effect:
        """Take the loss of what was predicted; set the rate of the step that learns it.

        Call it before the optimizer's own step.

        Parameters
        ----------
        loss
            From 0 up: of one sample, or the mean of a mini-batch. A number, or an array or tensor
            that holds one.
        error
            What a detector watches unless told otherwise: 1 or True where the prediction was wrong,
            else 0; of a mini-batch, the share that was. NaN is not shown to it.
        gradient
            For ``hypergradient`` only: of the loss by all weights, as one array.

        Returns
        -------
        Effect
            A loss or a gradient that is not finite (or a loss above 1e100) changes nothing: the
            step is skipped and counted, and ``updates`` is 0.

        Raises
        ------
        DataError
            An argument is not what it has to be, or missing; nothing was changed.
        """
        loss = step_arguments.number("loss", loss)
        if loss < 0.0:
            raise DataError(f"loss = {loss!r}: it must not be negative; add what makes its least 0")
        value = self._watched(loss, error)
        finite = self._take_gradient(gradient)
        if not (finite and loss <= _HIGHEST):
            self._state.skipped[0] += 1
            what = "loss" if finite else "gradient"
            return Effect(self.rate, self._factor, 0, f"the {what} is not finite", "")
        given = stepping.NO_PREDICTION, self._inputs, stepping.NO_SAMPLE
        signal, reason, updates = self._advance(self._state, *given, loss, value)
        if self._listener is not None:
            blocks.answer(self._state.detector, self._listener)
        alarm, why = self._tell(signal, reason)
        effect = Effect(self.rate, self._factor, updates, why, alarm)
        for driven in self._driven:
            driven.set(effect.rate, effect.factor)
        return effect

    def _watched(self, loss: float, error: float | None) -> float:
        """What the detector is given."""
        if self._detector.watch == "loss":
            return loss
        if error is None:
            if self._detector.type == "none":
                return math.nan
            message = (
                f"error is missing: [detector] type = {self._detector.type!r} watches it; give it "
                "(1 where the prediction was wrong, else 0), or make the scheduler with detector = "
                f"{{'type': {self._detector.type!r}, 'watch': 'loss'}}"
            )
            raise DataError(message)
        value = step_arguments.number("error", error)
        allowed = (0.0, 1.0) if self._detector.takes == "0 or 1" else None
        if value == value and not (  # noqa: PLR0124 - NaN is missing
            value in allowed if allowed else 0.0 <= value <= 1.0
        ):
            said = "0 or 1" if allowed else "from 0 to 1"
            message = (
                f"error = {value!r}: for [detector] type = {self._detector.type!r} it must be "
                f"{said}; for other values watch the loss"
            )
            raise DataError(message)
        return value

    def _take_gradient(self, gradient: Any) -> bool:  # noqa: ANN401 - any array
        """Put it where the schedule looks; whether it is finite, or none is needed."""
        if not self._by_gradient:
            if gradient is not None:
                message = (
                    f"gradient: [schedule] type = {self._schedule.type!r} does not go by it; leave "
                    "it out"
                )
                raise DataError(message)
            return True
        given = step_arguments.vector(gradient)
        if len(given) != len(self._inputs.value):
            if self._state.steps[0] > 0:
                message = (
                    f"gradient has {len(given)} numbers, and {len(self._inputs.value)} before: "
                    "give the same weights' each time, and make another scheduler for others"
                )
                raise DataError(message)
            skipped = self.skipped
            self._state, self._inputs = self._beginning(len(given))
            self._state.skipped[0] = skipped
        self._inputs.value[:] = given
        return bool(np.isfinite(given).all())

    def _tell(self, signal: int, reason: int) -> tuple[str, str]:
        """Keep what is worth telling; the alarm and the reason in words."""
        alarm = why = ""
        step = self.steps
        if signal != NO_SIGNAL:
            alarm = "drift" if signal == DRIFT else "warning"
            severity = float(self._state.detector.severity[0])
            self._decisions.append(Journal(step, alarm, "", 0.0, 0.0, severity))
        if reason != 0:
            why = self._stages["schedule"].REASONS[reason]
            self._decisions.append(
                Journal(step, "rate", why, *self._state.schedule.change.tolist())
            )
        return alarm, why

    # --- what there is to know ----------------------------------------------------------------

    @property
    def rate(self) -> float:
        """The learning rate now; before the first step, the one that the schedule begins with."""
        return float(self._state.schedule.rates[0])

    @property
    def _factor(self) -> float:
        return self.rate / self._first

    @property
    def steps(self) -> int:
        """Steps taken."""
        return int(self._state.steps[0])

    @property
    def skipped(self) -> int:
        """Steps not taken, since the loss or the gradient was not finite."""
        return int(self._state.skipped[0])

    @property
    def decisions(self) -> tuple[Journal, ...]:
        """Drift alarms and changes of the rate worth telling, in order; the latest 10,000.

        They are told, not kept: no part of the state.
        """
        return tuple(self._decisions)

    def __repr__(self) -> str:
        return (
            f"<LearningRateScheduler schedule={self._schedule.type!r} "
            f"detector={self._detector.type!r} steps={self.steps} rate={self.rate:g}>"
        )

    def __reduce__(self) -> str:
        message = (
            "a LearningRateScheduler is neither copied nor pickled: what it drives would be "
            "another; make and drive another, and give it load_state_dict(this.state_dict())"
        )
        raise TypeError(message)

    # --- state --------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """All that it knows, in lists, numbers and texts: ``json`` writes it, and so does torch.

        Raises
        ------
        ConfigurationError
            The detector is one of River's, whose state is known to River alone.

        Examples
        --------
        >>> import json
        >>> from streamlr import LearningRateScheduler
        >>> first, second = (LearningRateScheduler("bold_driver") for _ in range(2))
        >>> _ = first.step(0.7)
        >>> second.load_state_dict(json.loads(json.dumps(first.state_dict())))
        >>> second.steps
        1
        """
        if self._detector.needs_pickle:
            message = (
                f"[detector] type = {self._detector.type!r}: what a River object remembers only "
                "a pickle holds; choose a detector of streamlr's own, as adwin"
            )
            raise ConfigurationError(message)
        arrays = state_tree.flatten(self._state)
        listener = self._listener.arrays() if self._listener is not None else {}
        return {
            "format": plain_state.FORMAT,
            **{name: table.model_dump(mode="json") for name, table in self._tables.items()},
            "gradient": len(self._inputs.value),
            "relative_to": [driven.bases and list(driven.bases) for driven in self._driven],
            "state": plain_state.as_lists(arrays),
            "listener": plain_state.as_lists(listener),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Be what :meth:`state_dict` gave, and set the rates of what is driven.

        Make the scheduler with the same settings, and drive the same things, before.

        Raises
        ------
        StorageError
            It is of another version or of other settings, damaged, or another number of things is
            driven; nothing was changed.
        """
        try:
            plain_state.refuse_other(self.state_dict(), state)
            fresh, inputs = self._beginning(state["gradient"])
            plain_state.fill(fresh, state["state"])
            listener = self._new_listener()
            if listener is not None:
                listener.fill(plain_state.as_arrays(listener.arrays(), state["listener"]))
            relative_to = [bases and list(map(float, bases)) for bases in state["relative_to"]]
            for driven, bases in zip(self._driven, relative_to, strict=True):
                driven.refuse_other(bases)
        except (AttributeError, OverflowError, TypeError, ValueError) as error:
            raise StorageError(f"the scheduler's state is damaged: {error}") from error
        self._state, self._inputs, self._listener = fresh, inputs, listener
        for driven, bases in zip(self._driven, relative_to, strict=True):
            driven.bases = bases
            driven.set(self.rate, self._factor)


def _shape(length: int) -> Shape:
    """Of a gradient: one output, as many inputs as it has numbers."""
    return Shape(features=length - 1, classes=0, lanes=1)
