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

from streamlr import unlabelled
from streamlr.compiling import hot
from streamlr.components import NO_SIGNAL, Inputs, before_end, keep_rows
from streamlr.detectors import adwin as detector
from streamlr.detectors import watch
from streamlr.evaluation import prequential as evaluator
from streamlr.features import scaling as features
from streamlr.frequencies import every_sample as frequency
from streamlr.models import logistic as model
from streamlr.schedules import race as schedule
from streamlr.tasks import binary as task
from streamlr.weighing import none as weighing

PREDICT, LEARN, BOTH = 0, 1, 2
ALARM, RATE_CHANGE = 1, 2


class Counters(NamedTuple):
    """What has passed.

    Attributes
    ----------
    predicted, learned, updates : int64 [1]
        Predictions made; labelled samples scored (the sample index); model updates.
    passed_over, replayed : int64 [1]
        Samples scored that the model was not updated with; updates with samples of before.
    alarms : int64 [3]
        Detector's signals by kind (none, warning, drift).
    rate_changes : int64 [8]
        Told changes of the learning rate by reason.
    """

    predicted: np.ndarray
    learned: np.ndarray
    updates: np.ndarray
    passed_over: np.ndarray
    replayed: np.ndarray
    alarms: np.ndarray
    rate_changes: np.ndarray


class Pending(NamedTuple):
    """Predictions that wait for their label, a row a slot.

    Attributes
    ----------
    value : float64 [slots, dense + sparse]
    row : int64 [slots, sparse]
        As in :class:`streamlr.components.Inputs`; rows up to ``END`` where there are fewer.
    prediction : float64 [slots, outputs * lanes]
    known : int64 [slots]
        Outputs in use at the time.
    answer : float64 [slots, outputs]
    said : float64 [slots]
    field : float64 [slots]
        Value of the field that the detector watches.
    """

    value: np.ndarray
    row: np.ndarray
    prediction: np.ndarray
    known: np.ndarray
    answer: np.ndarray
    said: np.ndarray
    field: np.ndarray


class State(NamedTuple):
    """The whole state of a pipeline: one tree of arrays, what a checkpoint holds."""

    counters: Counters
    task: Any
    features: Any
    model: Any
    watch: watch.State
    detector: Any
    schedule: Any
    frequency: Any
    evaluator: Any
    weighing: Any
    pending: Pending


class Knowledge(NamedTuple):
    """The parts of a :class:`State` that a prediction rests on."""

    task: Any
    features: Any
    model: Any
    schedule: Any


class Batch(NamedTuple):
    """Events of one poll.

    Attributes
    ----------
    event : int64 [events]
        PREDICT, LEARN or BOTH.
    values : float64 [events, features + categories]
        NaN where missing; ignored for LEARN.
    span : int64 [events, texts + 1]
    code : float64 [tokens]
        As of :class:`streamlr.records.Tokens`; ignored for LEARN.
    truth : float64 [events]
        Class index, or the number to predict; ignored for PREDICT.
    slot : int64 [events]
        Row of ``Pending``: where a PREDICT is kept (or -1: nowhere), where a LEARN finds it.
    before : float64 [events]
        Of a label: what the opponent says who expects no change; NaN: the label before it.
    """

    event: np.ndarray
    values: np.ndarray
    span: np.ndarray
    code: np.ndarray
    truth: np.ndarray
    slot: np.ndarray
    before: np.ndarray


class Output(NamedTuple):
    """What a call hands back.

    Attributes
    ----------
    said : float64 [events]
        Predicted class index, NO_CLASS before any class was seen; or the predicted number. For
        LEARN what would be said now, of the inputs as they were encoded then: nothing rests on it.
    answers : float64 [events, outputs]
        What is behind it: P(class 1) of two, the probability of each class met, a standardised
        number, or what :mod:`streamlr.tasks.unsupervised` tells. NaN for LEARN.
    journal : float64 [entries, 6]
        Alarms and rate changes: sample index, ALARM or RATE_CHANGE, signal or reason, old, new,
        evidence.
    entries : int64 [1]
        Journal rows in use. The kernel stops early rather than drop an entry.
    inputs : Inputs
    answer : float64 [outputs]
        Space to work in: for the encoded inputs of the event at hand, and what is said of it.
    """

    said: np.ndarray
    answers: np.ndarray
    journal: np.ndarray
    entries: np.ndarray
    inputs: Inputs
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

    All are run unless the journal fills up, or a detector's part in Python is due: drain the one,
    let the other act, and call again.
    """
    counters, pending = state.counters, state.pending
    space, answer = out.inputs, out.answer
    dense = space.value.shape[0] - space.row.shape[0]
    lanes = state.model.prediction.shape[0] // answer.shape[0]
    out.entries[0] = 0
    for index in range(first, batch.event.shape[0]):
        if out.entries[0] + 2 > out.journal.shape[0] or detector.is_due(state.detector):
            return index
        slot, known = batch.slot[index], task.known(state.task)

        # predict, from what was known before this event
        if batch.event[index] == LEARN:
            sparse = before_end(pending.row[slot])
            copy(pending.value[slot, : dense + sparse], space.value)
            copy(pending.row[slot, :sparse], space.row)
        else:
            values, span = batch.values[index], batch.span[index]
            features.transform(state.features, values, space)
            sparse = features.read(state.features, values, span, batch.code, space)
            features.update(state.features, values)
        inputs = Inputs(space.value[: dense + sparse], space.row[:sparse], space.used, space.weight)
        model.predict(state.model, inputs, known)
        prediction = state.model.prediction[: known * lanes]
        vote = schedule.read_out(state.schedule, prediction, answer)
        said = task.say(state.task, answer, vote)
        out.said[index] = said
        if batch.event[index] != LEARN:
            copy(answer, out.answers[index])
            counters.predicted[0] += 1
        if batch.event[index] == PREDICT:
            if slot >= 0:
                copy(inputs.value, pending.value[slot])
                keep_rows(inputs.row, pending.row[slot])
                copy(prediction, pending.prediction[slot])
                copy(answer, pending.answer[slot])
                pending.known[slot] = known
                pending.said[slot] = said
                pending.field[slot] = watch.field(state.watch, batch.values[index])
            else:  # no label will come
                unlabelled.suppose(state.model, inputs, answer, known)
            continue
        told = state.model.prediction[: known * lanes]
        field = np.nan
        if batch.event[index] == BOTH:
            field = watch.field(state.watch, batch.values[index])
        if batch.event[index] == LEARN:
            copy(pending.answer[slot], answer)
            said, field = pending.said[slot], pending.field[slot]
            told = pending.prediction[slot, : pending.known[slot] * lanes]

        # evaluate
        truth = batch.truth[index]
        weighing.weigh(state.weighing, truth, inputs.weight)
        weighing.meet(state.weighing, truth, inputs.weight)
        chance = task.chance(state.task, int(truth), answer)
        certainty = task.chance(state.task, int(said), answer)
        evaluator.update(state.evaluator, truth, said, chance, certainty, batch.before[index])
        error = task.error(state.task, truth, said)
        task.meet(state.task, truth, said)
        counters.learned[0] += 1
        unlabelled.see(state.model, inputs, answer, truth, known)

        # detect
        loss = state.evaluator.last_loss[0]
        value = watch.value(state.watch, error, loss, certainty, said, field)
        signal = NO_SIGNAL
        if value == value:  # noqa: PLR0124 - NaN is missing
            signal = detector.update(state.detector, value)
        severity = state.detector.severity[0]
        counters.alarms[signal] += 1
        if signal != NO_SIGNAL:
            entry = out.journal[out.entries[0]]
            entry[0], entry[1], entry[2] = counters.learned[0], ALARM, signal
            entry[3], entry[4], entry[5] = 0.0, 0.0, severity
            out.entries[0] += 1

        # schedule
        inputs.used[0] = features.used(state.features)
        target = task.target(state.task, truth)
        reason = schedule.update(state.schedule, told, target, loss, signal, severity, inputs)
        if reason != 0:
            entry = out.journal[out.entries[0]]
            entry[0], entry[1], entry[2] = counters.learned[0], RATE_CHANGE, reason
            copy(state.schedule.change, entry[3:6])
            counters.rate_changes[reason] += 1
            out.entries[0] += 1

        # learn, from where the weights are now, and go over samples of before where that is due
        stale = batch.event[index] == LEARN or task.known(state.task) != known
        known = task.known(state.task)
        updates = frequency.due(state.frequency, loss, signal)
        frequency.keep(state.frequency, inputs, target)
        for back in range(updates):
            if back > 0:
                target = frequency.recall(state.frequency, back, space)
                sparse = before_end(space.row)
                inputs = Inputs(
                    space.value[: dense + sparse], space.row[:sparse], space.used, space.weight
                )
                weighing.weigh(state.weighing, target, inputs.weight)
            if back > 0 or stale:
                model.predict(state.model, inputs, known)
            model.learn(state.model, inputs, target, state.schedule.rates, known)
            now = state.model.prediction[: known * lanes]
            schedule.move(state.schedule, state.model.weights, inputs, now, target)
        counters.updates[0] += updates
        counters.passed_over[0] += 1 if updates == 0 else 0
        counters.replayed[0] += max(updates - 1, 0)
    return len(batch.event)


def foretell(
    known: Knowledge, values: np.ndarray, span: np.ndarray, code: np.ndarray, out: Output
) -> None:
    """What :func:`process` would say of each row of ``values`` next; a template like it.

    Nothing is remembered: rows do not count, no moment moves, no category is entered. So all of
    ``known`` may be read-only but the space that predicting takes (``SCRATCH`` of the model and of
    the schedule).
    """
    space, answer = out.inputs, out.answer
    dense = space.value.shape[0] - space.row.shape[0]
    lanes, outputs = known.model.prediction.shape[0] // answer.shape[0], task.known(known.task)
    for index in range(values.shape[0]):
        new = features.look(known.features, values[index], space)
        sparse = features.find(known.features, values[index], span[index], code, new, space)
        inputs = Inputs(space.value[: dense + sparse], space.row[:sparse], space.used, space.weight)
        model.predict(known.model, inputs, outputs)
        vote = schedule.read_out(known.schedule, known.model.prediction[: outputs * lanes], answer)
        out.said[index] = task.say(known.task, answer, vote)
        copy(answer, out.answers[index])
