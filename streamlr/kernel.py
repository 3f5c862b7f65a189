"""The kernel: one call per poll runs every stage for each event, in order.

:func:`process` is the template. As it stands here it is bound to the default components, for
whoever reads it or checks its types; :func:`streamlr.compiling.fuse` binds it to a
configuration's own and compiles it.

Events are ``PREDICT`` (features without a label), ``LEARN`` (the label of an earlier PREDICT)
and ``BOTH``. A PREDICT with a slot keeps its encoded inputs and every lane's prediction there,
so that what is scored when the label comes is what was said at feature time.
"""

from typing import Any, NamedTuple

import numpy as np

from streamlr.compiling import hot
from streamlr.components import NO_CLASS, NO_SIGNAL
from streamlr.detectors import adwin as detector
from streamlr.evaluation import prequential as evaluator
from streamlr.features import scaling as features
from streamlr.models import logistic as model
from streamlr.schedules import race as schedule

PREDICT, LEARN, BOTH = 0, 1, 2
ALARM, RATE_CHANGE = 1, 2
SECOND_CLASS = 1


class Counters(NamedTuple):
    """What has passed.

    Attributes
    ----------
    predicted, learned, updates : int64 [1]
        Predictions made; labelled samples learned (the sample index); model updates.
    alarms : int64 [3]
        Detector's signals by kind (none, warning, drift).
    rate_changes : int64 [8]
        Told changes of the learning rate by reason.
    class_seen : int64 [classes]
        Labels seen of each class.
    """

    predicted: np.ndarray
    learned: np.ndarray
    updates: np.ndarray
    alarms: np.ndarray
    rate_changes: np.ndarray
    class_seen: np.ndarray


class Pending(NamedTuple):
    """Predictions that wait for their label, a row a slot.

    Attributes
    ----------
    inputs : float64 [slots, features + 1]
    probability : float64 [slots, lanes]
    answer : float64 [slots, 2]
    label : int64 [slots]
    """

    inputs: np.ndarray
    probability: np.ndarray
    answer: np.ndarray
    label: np.ndarray


class State(NamedTuple):
    """The whole state of a pipeline: one tree of arrays, what a checkpoint holds."""

    counters: Counters
    features: Any
    model: Any
    detector: Any
    schedule: Any
    evaluator: Any
    pending: Pending


class Batch(NamedTuple):
    """Events of one poll.

    Attributes
    ----------
    event : int64 [events]
        PREDICT, LEARN or BOTH.
    values : float64 [events, features]
        NaN where missing; ignored for LEARN.
    label : int64 [events]
        Class index; ignored for PREDICT.
    slot : int64 [events]
        Row of ``Pending``: where a PREDICT is kept (or -1: nowhere), where a LEARN finds it.
    """

    event: np.ndarray
    values: np.ndarray
    label: np.ndarray
    slot: np.ndarray


class Output(NamedTuple):
    """What a call hands back.

    Attributes
    ----------
    label : int64 [events]
        Predicted class index; NO_CLASS before any class was seen.
    probability : float64 [events]
        P(class 1); NaN for LEARN.
    journal : float64 [entries, 6]
        Alarms and rate changes: sample index, ALARM or RATE_CHANGE, signal or reason, old, new,
        evidence.
    entries : int64 [1]
        Journal rows in use. The kernel stops early rather than drop an entry.
    inputs : float64 [features + 1]
    answer : float64 [2]
        Space to work in: the encoded inputs of the event at hand, and what is said of it.
    """

    label: np.ndarray
    probability: np.ndarray
    journal: np.ndarray
    entries: np.ndarray
    inputs: np.ndarray
    answer: np.ndarray


@hot
def copy(source: np.ndarray, target: np.ndarray) -> None:
    """Copy a vector."""
    for place in range(source.shape[0]):
        target[place] = source[place]


def learning_rate(state: State) -> float:
    """The one rate that stands for the schedule now; a template like ``process``."""
    return schedule.rate(state.schedule)


def process(state: State, batch: Batch, first: int, out: Output) -> int:
    """Run events ``first`` … of ``batch``; the index of the first event not run is returned.

    All are run unless the journal fills up: drain it and call again.
    """
    counters, pending = state.counters, state.pending
    inputs, answer = out.inputs, out.answer
    out.entries[0] = 0
    for index in range(first, batch.event.shape[0]):
        if out.entries[0] + 2 > out.journal.shape[0]:
            return index
        slot = batch.slot[index]

        # predict, from what was known before this event
        if batch.event[index] != LEARN:
            features.transform(state.features, batch.values[index], inputs)
            features.update(state.features, batch.values[index])
            model.predict(state.model, inputs)
            schedule.read_out(state.schedule, state.model.probability, answer)
            said = int(answer[1])
            if counters.class_seen[said] == 0:
                other = SECOND_CLASS - said
                said = other if counters.class_seen[other] > 0 else NO_CLASS
            out.label[index] = said
            out.probability[index] = answer[0]
            counters.predicted[0] += 1
        if batch.event[index] == PREDICT:
            if slot >= 0:
                copy(inputs, pending.inputs[slot])
                copy(state.model.probability, pending.probability[slot])
                copy(answer, pending.answer[slot])
                pending.label[slot] = said
            continue
        lane_probability = state.model.probability
        if batch.event[index] == LEARN:
            copy(pending.inputs[slot], inputs)
            copy(pending.answer[slot], answer)
            said = pending.label[slot]
            lane_probability = pending.probability[slot]
            out.label[index] = NO_CLASS
            out.probability[index] = np.nan

        # evaluate
        label = batch.label[index]
        target = 1.0 if label == SECOND_CLASS else 0.0
        given = answer[0] if label == SECOND_CLASS else 1.0 - answer[0]
        if counters.class_seen[label] == 0:
            given = 0.0
        evaluator.update(state.evaluator, label, said, given)
        counters.class_seen[label] += 1
        counters.learned[0] += 1

        # detect
        signal = detector.update(state.detector, 1.0 if said != label else 0.0)
        severity = state.detector.severity[0]
        counters.alarms[signal] += 1
        if signal != NO_SIGNAL:
            entry = out.journal[out.entries[0]]
            entry[0], entry[1], entry[2] = counters.learned[0], ALARM, signal
            entry[3], entry[4], entry[5] = 0.0, 0.0, severity
            out.entries[0] += 1

        # schedule
        loss = state.evaluator.last_loss[0]
        reason = schedule.update(state.schedule, lane_probability, target, loss, signal, severity)
        if reason != 0:
            entry = out.journal[out.entries[0]]
            entry[0], entry[1], entry[2] = counters.learned[0], RATE_CHANGE, reason
            copy(state.schedule.change, entry[3:6])
            counters.rate_changes[reason] += 1
            out.entries[0] += 1

        # learn, from where the weights are now
        if batch.event[index] == LEARN:
            model.predict(state.model, inputs)
        model.learn(state.model, inputs, target, state.schedule.rates)
        schedule.move(state.schedule, state.model.weights, inputs, state.model.probability, target)
        counters.updates[0] += 1
    return len(batch.event)
