"""The linear lanes with those that learn from unlabelled records beside them, for any task."""

from collections.abc import Callable
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from streamlr.arithmetic import dot
from streamlr.compiling import cold, hot
from streamlr.components import Inputs, Shape
from streamlr.labels.inline import Config
from streamlr.models.mapping.blocks import gather
from streamlr.models.self_training import covariance, trust
from streamlr.schedules.racing.standing import faded_by, is_copied

PSEUDO = (0.002, 0.01, 0.05, 0.25)
WHITENED = (0.002, 0.01, 0.05, 0.25)
"""Learning rates of the lanes of either kind."""

_GUESS = 0.3  # of its rate at which a lane learns a guess
_RESTART_EVERY = 50
_RESTART_MARGIN = 1.3


class Group(NamedTuple):
    """Lanes of one kind.

    Attributes
    ----------
    learner
        State of the task's model, for these lanes.
    rates, guessing : float64 [lanes]
        Learning rates for labels, and for guesses at missing ones.
    """

    learner: Any
    rates: np.ndarray
    guessing: np.ndarray


class State(NamedTuple):
    """Weights and the latest predictions.

    Attributes
    ----------
    weights : float64 [rows, outputs * linear lanes]
        Of the linear lanes, which the schedule may move.
    prediction : float64 [outputs * lanes]
        Of all lanes: the linear ones, the pseudo ones, the whitened ones.
    linear
        What else the task's model has: its own predictions, and space to work in.
    first : int64 [2]
        Number of the first pseudo and the first whitened lane.
    pseudo, whitened : Group
    covariance : covariance.State
    trust : trust.State
    faded : float64 [lanes]
        Faded capped loss of each, as of the race's own.
    learned : int64 [1]
        Labels learned.
    """

    weights: np.ndarray
    prediction: np.ndarray
    linear: Any
    first: np.ndarray
    pseudo: Group
    whitened: Group
    covariance: covariance.State
    trust: trust.State
    faded: np.ndarray
    learned: np.ndarray


def init(config: Config, shape: Shape, model: ModuleType, space: Any) -> State:  # noqa: ANN401
    """Zero weights in every lane.

    Parameters
    ----------
    model
        The task's.
    space
        NamedTuple of what its state has beside the weights.
    """

    def group(rates: tuple[float, ...]) -> Group:
        learner = model.init(model.Config(), shape._replace(lanes=len(rates)))
        return Group(learner, np.array(rates), _GUESS * np.array(rates))

    own = shape.lanes - len(PSEUDO) - len(WHITENED)
    linear = model.init(model.Config(), shape._replace(lanes=own))
    parts = linear._asdict()
    return State(
        weights=parts.pop("weights"),
        prediction=np.full(shape.outputs * shape.lanes, linear.prediction[0]),
        linear=space(**parts),
        first=np.array([own, own + len(PSEUDO)]),
        pseudo=group(PSEUDO),
        whitened=group(WHITENED),
        covariance=covariance.init(shape),
        trust=trust.init(config.confidence, shape.classes),
        faded=np.full(shape.lanes, np.log(2.0)),
        learned=np.zeros(1, np.int64),
    )


def scratch(model: ModuleType) -> tuple[str, ...]:
    """Arrays that predicting writes."""
    parts = ("linear", "pseudo.learner", "whitened.learner")
    return ("prediction", *(f"{part}.{name}" for part in parts for name in model.SCRATCH))


def functions(
    model: ModuleType,
    linear: Callable[..., Any],
    loss: Callable[..., float],
    step: Callable[..., None],
    guess: Callable[..., tuple[int, float]],
) -> tuple[Callable[..., None], ...]:
    """``predict``, ``learn``, ``see`` and ``suppose`` of a task.

    Parameters
    ----------
    model
        The task's.
    linear
        State of the linear lanes, as the model's own.
    loss
        Of a lane: of all predictions [outputs * lanes], the label, its number, and how many lanes.
    step
        Moves a learner towards a class: of the learner, the direction, the inputs times that, the
        class, the rates, how much the sample counts (a guess as one, whatever class it names), and
        the outputs known.
    guess
        The most probable class of what was read out, and its probability.
    """

    @hot
    def predict(state: State, inputs: Inputs, known: int) -> None:
        """Fill ``state.prediction`` with each lane's."""
        own, pseudo, whitened = linear(state), state.pseudo, state.whitened
        lanes = state.faded.shape[0]
        model.predict(own, inputs, known)
        model.predict(pseudo.learner, inputs, known)
        model.predict(whitened.learner, inputs, known)
        every, first = state.prediction, state.first
        gather(own.prediction, every, lanes - 2 * len(PSEUDO), 0, lanes, known)
        gather(pseudo.learner.prediction, every, len(PSEUDO), first[0], lanes, known)
        gather(whitened.learner.prediction, every, len(WHITENED), first[1], lanes, known)

    @hot
    def learn(state: State, inputs: Inputs, target: float, rates: np.ndarray, known: int) -> None:
        """Move the linear lanes at ``rates``, and the others at their own.

        Uses the predictions of these inputs at the current weights.
        """
        model.learn(linear(state), inputs, target, rates, known)
        teach(state, inputs, target, known)

    @cold
    def teach(state: State, inputs: Inputs, target: float, known: int) -> None:
        """Score all lanes, and move those that are here."""
        lanes, label = state.faded.shape[0], int(target)
        for lane in range(lanes):
            now = loss(state.prediction, label, lane, lanes)
            state.faded[lane] = faded_by(state.faded[lane], now, inputs.weight[0])
        pseudo, whitened, weight = state.pseudo, state.whitened, inputs.weight[0]
        norm = dot(inputs.value, inputs.value)
        step(pseudo.learner, inputs, norm, label, pseudo.rates, weight, known)
        norm, along = covariance.turn(state.covariance, inputs), state.covariance.direction
        step(whitened.learner, along, norm, label, whitened.rates, weight, known)
        state.learned[0] += 1
        if state.learned[0] % _RESTART_EVERY == 0 and is_copied(inputs.used[0]):
            restart(state, pseudo, state.first[0], inputs.used[0])
            restart(state, whitened, state.first[1], inputs.used[0])

    @cold
    def restart(state: State, group: Group, first: int, used: int) -> None:
        """Lanes of a group that lag far behind the best of all go on from its weights."""
        best, faded = 0, state.faded
        for lane in range(faded.shape[0]):
            best = lane if faded[lane] < faded[best] else best
        for lane in range(group.rates.shape[0]):
            if faded[first + lane] <= _RESTART_MARGIN * faded[best]:
                continue
            faded[first + lane] = faded[best]
            if best < state.first[0]:
                follow(state.weights, best, state.first[0], group, lane, used)
            elif best < state.first[1]:
                source = state.pseudo.learner.weights
                follow(source, best - state.first[0], len(PSEUDO), group, lane, used)
            else:
                source = state.whitened.learner.weights
                follow(source, best - state.first[1], len(WHITENED), group, lane, used)

    @hot
    def follow(source: np.ndarray, one: int, of: int, group: Group, lane: int, used: int) -> None:
        """Copy the weights of lane ``one`` of ``of`` to a lane of a group."""
        lanes, weights = group.rates.shape[0], group.learner.weights
        for row in range(used):
            for output in range(weights.shape[1] // lanes):
                weights[row, output * lanes + lane] = source[row, output * of + one]

    @hot
    def see(state: State, inputs: Inputs, answer: np.ndarray, truth: float, known: int) -> None:
        """Take in a record that has a label, and what was read out of it before."""
        covariance.update(state.covariance, inputs)
        named, chance = guess(answer, known)
        trust.see(state.trust, named, chance, int(truth))

    @hot
    def suppose(state: State, inputs: Inputs, answer: np.ndarray, known: int) -> None:
        """Take in a record that has none; learn what was read out of it, where that is trusted."""
        covariance.update(state.covariance, inputs)
        named, chance = guess(answer, known)
        if trust.holds(state.trust, named, chance):
            pseudo, norm = state.pseudo, dot(inputs.value, inputs.value)
            step(pseudo.learner, inputs, norm, named, pseudo.guessing, 1.0, known)

    return predict, learn, see, suppose
