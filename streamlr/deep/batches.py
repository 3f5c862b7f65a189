"""A poll in parts: the network says of the rows to come what it can, and steps where it is due.

A part ends where the batch is full, so that the weights are the same for all of it, or before the
label of a prediction that was made in it, which must be looked up first. Where polls end makes no
difference: a row's outputs rest on the weights and on its place since the latest step.
"""

import functools
from collections.abc import Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import structlog

from streamlr import compiling
from streamlr.components import Inputs, Shape, room
from streamlr.deep.network import Network
from streamlr.features import scaling as features
from streamlr.kernel import LEARN, PREDICT, Batch, Output, State

if TYPE_CHECKING:
    from streamlr.models.torch import Config

log = structlog.get_logger("streamlr")


class Batches:
    """The network, and the rows that it is asked about.

    Parameters
    ----------
    config
        The model's table.
    task
        Its name.
    shape
        Of the stream.
    scaler
        The module that standardises.
    """

    def __init__(self, config: "Config", task: str, shape: Shape, scaler: ModuleType) -> None:
        self._shape, self._config = shape, config
        inputs = shape.features + shape.categories * config.one_hot
        self._network = Network(config, task, inputs, shape.outputs)
        fuse = functools.partial(compiling.fuse, stages={"features": scaler}, allocates=False)
        self._encode = fuse(encode)
        self._new_look = functools.partial(fuse, look)
        self._plain = room(shape._replace(beside=0))
        self.arrays, self.fill = self._network.arrays, self._network.fill

    @functools.cached_property
    def _look(self) -> Any:  # noqa: ANN401 - compiled when it is asked for: the daemon never does
        return self._new_look()

    def parts(self, state: State, batch: Batch, out: Output) -> Iterator[tuple[Batch, Output]]:
        """The events in parts, to be run in order; steps are taken between them.

        The scaler takes in all rows of the poll before the first part.
        """
        values = self._wide(batch.values)
        self._encode(state.features, batch.event, batch.values, self._plain, values)
        first, count = 0, len(batch.event)
        while first < count or count == 0:
            last = self._until(state.model, batch, first)
            part = Batch(*(array[first:last] for array in batch._replace(values=values)))
            part = part._replace(code=batch.code)
            self._foresee(state, part)
            yield part, out._replace(said=out.said[first:last], answers=out.answers[first:last])
            if state.model.held[0] == self._config.batch:
                self._step(state)
            if count == 0:
                return
            first = last

    def foreseen(self, state: State, values: np.ndarray) -> np.ndarray:
        """Rows as they would be encoded, with what the network says of them now."""
        wide = self._wide(values)
        self._look(state.features, values, self._plain, wide)
        wide[:, self._outputs] = self._network.say(self._dense(*self._inputs(wide)), 0)
        return wide

    def _wide(self, values: np.ndarray) -> np.ndarray:
        """Values with room for their inputs behind them."""
        wide = np.zeros(
            (len(values), values.shape[1] + self._shape.inputs + self._shape.categories)
        )
        wide[:, : values.shape[1]] = values
        return wide

    @property
    def _outputs(self) -> slice:
        """Where a wide row has the network's outputs."""
        last = self._shape.features + self._shape.categories + self._shape.inputs
        return slice(last - self._shape.beside, last)

    def _inputs(self, wide: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        first, outputs = self._shape.features + self._shape.categories, self._outputs
        return wide[:, first : outputs.start], wide[:, outputs.stop :].astype(np.int64)

    def _until(self, model: Any, batch: Batch, first: int) -> int:  # noqa: ANN401 - the model's state
        """The end of the part that begins at ``first``."""
        events, slots = batch.event[first:], batch.slot[first:]
        learned = np.flatnonzero(events != PREDICT)
        needed = self._config.batch - int(model.held[0])
        last = int(learned[needed - 1]) + 1 if len(learned) >= needed else len(events)
        written: set[int] = set()
        for place in np.flatnonzero(slots[:last] >= 0).tolist():
            if events[place] == PREDICT:
                written.add(int(slots[place]))
            elif int(slots[place]) in written:
                last = place
                break
        return first + last

    def _foresee(self, state: State, part: Batch) -> None:
        """Put what the network says of each event beside its inputs."""
        if len(part.event) == 0:
            return
        value, row = self._inputs(part.values)
        late = part.event == LEARN
        slots = part.slot[late]
        if len(slots):
            value[late], row[late] = (
                state.pending.value[slots, : value.shape[1]],
                state.pending.row[slots],
            )
        place = int(state.model.place[0])
        outputs = self._network.say(self._dense(value, row), place)
        part.values[:, self._outputs] = outputs
        state.pending.value[slots, value.shape[1] :] = outputs[late]
        state.model.place[0] = (place + len(outputs)) % self._network.block

    def _step(self, state: State) -> None:
        """Learn the batch that is full."""
        model = state.model
        rows = self._dense(model.value, model.row)
        labels = model.target, model.weight
        rate, number = float(state.schedule.rates[0]), int(model.steps[0]) + 1
        good = self._network.step(rows, labels, int(model.known[0]), rate, number)
        model.steps[0], model.held[0], model.place[0] = number, 0, 0
        if good:
            return
        model.restarts[0] += 1
        restarts = int(model.restarts[0])
        if restarts & (restarts - 1) == 0:  # the first, second, fourth …: it may be every step
            log.warning(
                "the network was not finite: the last good weights are back", restarts=restarts
            )

    def _dense(self, value: np.ndarray, row: np.ndarray) -> np.ndarray:
        """Numbers, and a block of one-hots for each categorical column."""
        numbers, width = self._shape.features, self._config.one_hot
        dense = np.zeros((len(value), numbers + row.shape[1] * width))
        dense[:, :numbers] = value[:, :numbers]
        for column in range(row.shape[1]):
            inside = (row[:, column] - (numbers + 1)) % width
            place = numbers + column * width + inside
            dense[np.arange(len(value)), place] = value[:, numbers + 1 + column]
        return dense


def encode(
    state: Any,  # noqa: ANN401 - the scaler's
    event: np.ndarray,
    values: np.ndarray,
    inputs: Inputs,
    wide: np.ndarray,
) -> None:
    """Write each row's inputs behind its values, by the rows before; a template.

    As the kernel does of one event after the other: of labels alone nothing is taken in.
    """
    columns, outputs = values.shape[1], wide.shape[1] - inputs.row.shape[0]
    for index in range(values.shape[0]):
        if event[index] == LEARN:
            continue
        features.transform(state, values[index], inputs)
        features.update(state, values[index])
        for place in range(inputs.value.shape[0]):
            wide[index, columns + place] = inputs.value[place]
        for place in range(inputs.row.shape[0]):
            wide[index, outputs + place] = inputs.row[place]


def look(state: Any, values: np.ndarray, inputs: Inputs, wide: np.ndarray) -> None:  # noqa: ANN401
    """Write each row's inputs behind its values, and take none in; a template."""
    columns, outputs = values.shape[1], wide.shape[1] - inputs.row.shape[0]
    for index in range(values.shape[0]):
        features.look(state, values[index], inputs)
        for place in range(inputs.value.shape[0]):
            wide[index, columns + place] = inputs.value[place]
        for place in range(inputs.row.shape[0]):
            wide[index, outputs + place] = inputs.row[place]
