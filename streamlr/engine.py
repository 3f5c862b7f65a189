"""The native engine: a configuration's components, their state, and the kernel that runs them.

One engine is one unit of state. It knows nothing of Kafka, files or clocks: numbers in, numbers
out, so it serves the daemon, ``backtest`` and whoever uses streamlr as a library.
"""

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from streamlr import assembly, compiling, fitting, kernel, stagewise, state_tree, tasks
from streamlr.class_names import ClassNames
from streamlr.components import DRIFT, NO_CLASS, room
from streamlr.config import Configuration
from streamlr.deep.batches import Batches
from streamlr.detectors import blocks
from streamlr.features import as_is, encoded
from streamlr.records import Journal, Tokens, no_tokens
from streamlr.schedules.racing import standing
from streamlr.tasks import unsupervised

_JOURNAL_ENTRIES = 256

IN_PYTHON = "python."
"""Names of arrays that are kept outside the kernel's state begin so."""

WAITING = "pending."
"""Names of arrays of predictions that wait for their label begin so."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What the kernel said of each event.

    Attributes
    ----------
    said : float64 [events]
        Predicted class index, NO_CLASS before any class was seen; or the predicted number. Of a
        LEARN event, what would be said now.
    answers : float64 [events, outputs]
        P(class 1) of two; or the probability of each class, 0 for one not met; or the standardised
        number; or what :mod:`streamlr.tasks.unsupervised` tells.
    journal
        Alarms and rate changes, in order.
    """

    said: np.ndarray
    answers: np.ndarray
    journal: list[Journal]


class Engine:
    """Predict, score, learn, and keep choosing the learning rate.

    Parameters
    ----------
    config
        Which components, and their settings.
    features
        Number of numeric columns.
    categories
        Number of categorical columns.
    names
        Of the numeric columns, then of the categorical ones.
    texts
        Number of texts.
    """

    def __init__(
        self,
        config: Configuration,
        features: int,
        categories: int = 0,
        names: tuple[str, ...] = (),
        texts: int = 0,
    ) -> None:
        config = fitting.to_texts(config, texts)
        self._task = tasks.load(config.stream.task)
        model = assembly.model(config)
        self._stages = assembly.stages(config)
        self.shape = assembly.shape(config, self._stages, features, categories, texts)
        self.state = assembly.initial_state(self._stages, config, self.shape, names)
        self._names = ClassNames(config.classes)
        self._names.settle(self.state)
        listen = getattr(self._stages["detector"], "listener", None)
        self._listener: blocks.Listener | None = listen(config.detector) if listen else None
        self._in_python: dict[str, Any] = {"detector": self._listener} if self._listener else {}
        self._batches: Batches | None = None
        if hasattr(model, "Learner"):
            columns = names or tuple(f"x{place}" for place in range(features + categories))
            task, split = config.stream.task, (columns[:features], columns[features:])
            unscaled = self._stages["features"] is as_is
            learner = self._in_python["model"] = model.Learner(config.model, task, *split)
            self._aside: stagewise.Aside | None = stagewise.Aside(learner)
            bind = functools.partial(
                stagewise.bind, stages=self._stages, numbers=task == "regression" and unscaled
            )
            self._process = bind(kernel.process, learner=learner)
            self._new_foretell = functools.partial(bind, kernel.foretell, learner=self._aside)
        else:
            self._aside = None
            lengths = assembly.lengths(self._stages, config, self.shape, names)
            stages = self._stages
            if assembly.is_batched(model):
                scaler, task = stages["features"], config.stream.task
                self._batches = Batches(config.model, task, self.shape, scaler)
                self._in_python["model"] = self._batches
                stages = {**stages, "features": encoded}
            bind = functools.partial(compiling.fuse, stages=stages, allocates=False)
            self._process = bind(kernel.process, lengths=lengths)
            self._new_foretell = functools.partial(bind, kernel.foretell)
        self._knowledge: tuple[kernel.State, kernel.Knowledge] | None = None
        self._rate = compiling.fuse(kernel.learning_rate, {"schedule": self._stages["schedule"]})

    def warm_up(self) -> None:
        """Compile the kernel, or load it from the cache: the first record shall not wait."""
        self.run(self._none, np.empty(0))
        self._rate(self.state)

    @property
    def _none(self) -> np.ndarray:
        """Values of no record."""
        return np.empty((0, self.shape.features + self.shape.categories))

    def run(self, values: np.ndarray, truth: np.ndarray, tokens: Tokens | None = None) -> Answers:
        """Predict each row, then learn it where it has a label.

        Parameters
        ----------
        values : float64 [rows, features + categories]
            NaN where missing.
        truth : float64 [rows]
            Class index or number; NaN where there is none.
        tokens
            Of each row's texts; None where there are no texts.
        """
        events = np.where(np.isnan(truth), kernel.PREDICT, kernel.BOTH)
        return self.run_events(events, values, truth, np.full(len(truth), -1), tokens=tokens)

    def run_events(  # noqa: PLR0913, PLR0917 - columns of a Batch
        self,
        events: np.ndarray,
        values: np.ndarray,
        truth: np.ndarray,
        slots: np.ndarray,
        before: np.ndarray | None = None,
        tokens: Tokens | None = None,
    ) -> Answers:
        """Run any mixture of PREDICT, LEARN and BOTH events; see :class:`streamlr.kernel.Batch`."""
        truth = np.asarray(truth, np.float64)
        before = np.full(len(truth), np.nan) if before is None else before
        texts = no_tokens(len(truth)) if tokens is None else tokens
        batch = kernel.Batch(events, np.ascontiguousarray(values), *texts, truth, slots, before)
        out = self._output(len(truth), _JOURNAL_ENTRIES)
        journal: list[Journal] = []
        parts = self._batches.parts if self._batches is not None else _one_part
        for part, of_out in parts(self.state, batch, out):
            journal.extend(self._run(part, of_out))
        if self._aside is not None:
            self._aside.renew()
        return Answers(out.said, out.answers, journal)

    def _run(self, batch: kernel.Batch, out: kernel.Output) -> Iterator[Journal]:
        """Run all events; the kernel stops where the journal is full, or a detector must act."""
        done = -1
        while done < len(batch.event):
            done = self._process(self.state, batch, max(done, 0), out)
            yield from [self._entry(row) for row in out.journal[: out.entries[0]]]
            if self._listener is not None:
                blocks.answer(self.state.detector, self._listener)

    def know(self, labels: tuple[Any, ...]) -> None:
        """Take in what the classes met are called: weights and a threshold go by their names.

        To be told before labels of these classes are run; sooner leaves no trace.
        """
        self._names.know(self.state, labels)
        self._names.look(labels, int(self.state.counters.learned[0]), self.shape.classes)

    def hold(self, slots: int) -> None:
        """Have room for at least so many predictions that wait; those that do stay."""
        before = self.state.pending
        if len(before.said) < slots:
            self._make_slots(slots)
            for array, kept in zip(self.state.pending, before, strict=True):
                array[: len(kept)] = kept

    def _make_slots(self, slots: int) -> None:
        self.state = self.state._replace(pending=assembly.pending(self.shape, slots))

    def foretell(self, values: np.ndarray, tokens: Tokens | None = None) -> Answers:
        """Predict each row as :meth:`run` would next, and remember nothing of it.

        Parameters
        ----------
        values : float64 [rows, features + categories]
            NaN where missing.
        tokens
            Of each row's texts; None where there are no texts.
        """
        out = self._output(len(values), 0)
        if self._batches is not None:
            values = self._batches.foreseen(self.state, values)
        texts = no_tokens(len(values)) if tokens is None else tokens
        self._foretell(self._what_is_known(), np.ascontiguousarray(values), *texts, out)
        return Answers(out.said, out.answers, [])

    @functools.cached_property
    def _foretell(self) -> Callable[..., None]:
        """Compiled when it is asked for: the daemon never does."""
        foretell: Callable[..., None] = self._new_foretell()
        return foretell

    def _what_is_known(self) -> kernel.Knowledge:
        """The state, to read from; made anew when the state is another one."""
        if self._knowledge is None or self._knowledge[0] is not self.state:
            state = self.state
            scratch = {
                stage: getattr(self._stages[stage], "SCRATCH", ())
                for stage in ("model", "schedule")
            }
            known = kernel.Knowledge(
                task=state_tree.reading(state.task),
                features=state_tree.reading(state.features),
                model=state_tree.reading(state.model, scratch["model"]),
                schedule=state_tree.reading(state.schedule, scratch["schedule"]),
            )
            self._knowledge = state, known
        return self._knowledge[1]

    def _output(self, rows: int, entries: int) -> kernel.Output:
        return kernel.Output(
            said=np.empty(rows),
            answers=np.full((rows, self.shape.outputs), np.nan),
            journal=np.empty((entries, 6)),
            entries=np.zeros(1, np.int64),
            inputs=room(self.shape),
            answer=np.zeros(self.shape.outputs),
        )

    def _entry(self, row: np.ndarray) -> Journal:
        sample, event, code, old, new, evidence = row.tolist()
        if int(event) == kernel.ALARM:
            return Journal(
                int(sample), "drift" if int(code) == DRIFT else "warning", "", 0.0, 0.0, evidence
            )
        return Journal(int(sample), "rate", self.reasons[int(code)], old, new, evidence)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why this schedule may change its rate; the first stands for no change."""
        reasons: tuple[str, ...] = self._stages["schedule"].REASONS
        return reasons

    def certainty(self, answers: Answers) -> list[float | None]:
        """What was given to the class said, 0 before any was; None where numbers are predicted."""
        if self.shape.classes == 0:
            return [None] * len(answers.said)
        return self._given(answers).tolist()  # type: ignore[no-any-return]

    def _given(self, answers: Answers) -> np.ndarray:
        said = answers.said.astype(np.int64)
        if self.shape.outputs == 1:
            chance = np.where(said == 1, answers.answers[:, 0], 1.0 - answers.answers[:, 0])
        else:
            chance = np.take_along_axis(answers.answers, said[:, None], axis=1)[:, 0]
        return np.where(said == NO_CLASS, 0.0, chance)

    def spoken(self, answers: Answers) -> list[np.ndarray]:
        """What was said of each event; and what was given to it, where that is a class."""
        return [answers.said, *([self._given(answers)] if self.shape.classes else [])]

    def beside(self, answers: Answers) -> dict[str, list[Any]]:
        """What is told beside a prediction where there are no labels: rank, and cluster if any."""
        if self._task is not unsupervised:
            return {}
        told = {"rank": answers.answers[:, unsupervised.RANK].tolist()}
        if getattr(self._stages["model"], "GROUPS", False):
            groups = answers.answers[:, unsupervised.GROUP].tolist()
            told["cluster"] = [None if of == unsupervised.NO_GROUP else int(of) for of in groups]
        return told

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything it remembers: the state's own arrays, not copied, and what Python keeps."""
        in_python = {
            f"{IN_PYTHON}{table}.{name}": array
            for table, part in self._in_python.items()
            for name, array in part.arrays().items()
        }
        return state_tree.flatten(self.state) | in_python

    def fill(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Be what ``arrays`` gave.

        Raises
        ------
        ValueError
            An array is missing, left over, or of another shape or type.
        """
        own = {name: array for name, array in arrays.items() if not name.startswith(IN_PYTHON)}
        self._make_slots(len(own.get(f"{WAITING}said", ())))
        state_tree.fill(self.state, own)
        self._names.forget()
        for table, part in self._in_python.items():
            part.fill(state_tree.below(arrays, f"{IN_PYTHON}{table}."))
        if self._aside is not None:
            self._aside.renew()

    @property
    def learning_rate(self) -> float:
        """The one rate that stands for the schedule now."""
        return float(self._rate(self.state))

    def lanes(self, most: int) -> tuple[standing.Lane, ...]:
        """The leading lanes of a race, at most so many; none of a schedule that races none."""
        state = self.state.schedule
        if not hasattr(state, "standing"):
            return ()
        return standing.best(state.standing, standing.kinds(state, self.shape.brought), most)

    def weights(self) -> dict[str, float]:
        """How much each kind of a race's lanes says, of 1; empty of a schedule that races none."""
        state = self.state.schedule
        if not hasattr(state, "standing"):
            return {}
        found: dict[str, float] = {}
        kinds = standing.kinds(state, self.shape.brought)
        for kind, weight in zip(kinds, state.standing.weight.tolist(), strict=True):
            found[kind] = found.get(kind, 0.0) + weight
        return found

    @property
    def guesses(self) -> int:
        """Missing labels that were guessed and learned."""
        model = self.state.model
        return int(model.trust.taught[0]) if hasattr(model, "trust") else 0

    def metrics(self) -> dict[str, dict[str, float]]:
        """Prequential metrics: view → metric → value."""
        metrics: dict[str, dict[str, float]] = self._stages["evaluator"].metrics(
            self.state.evaluator
        )
        return metrics


def _one_part(
    state: kernel.State,  # noqa: ARG001 - as Batches.parts
    batch: kernel.Batch,
    out: kernel.Output,
) -> Iterator[tuple[kernel.Batch, kernel.Output]]:
    """Return a poll as a whole: nothing is to be done on the way."""
    yield batch, out
