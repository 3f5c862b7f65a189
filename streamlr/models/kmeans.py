"""K-means in K lanes: centroids that follow the stream, one set of them a learning rate.

The nearest centroid moves towards each record by a share of the way, the larger of 1/n, n being the
records it has won, and η / (1 + η): the implicit step of half the squared distance, which forgets
what is 1/η records old and never overshoots. The first is what makes it the mean of its records
while they are few.

Centroids begin as the first records that differ, as they come. One that wins next to nothing (less
than a twentieth of its due share) is put, in every lane, where the next record falls that is at
least as far from its centroid as is usual there, in the cluster with the largest share of the
squared distances: so a cluster is split where that pays, and a single outlier is unlikely to be
chosen. The lane in the middle of the rates says which: it is neither stuck in the past nor driven
about by noise. A centroid's number stays: it is the same cluster in every lane.

Notes
-----
Numbers only, standardised; a missing one counts as the mean. Time a sample is in proportion to
inputs * clusters * lanes.

References
----------
MacQueen (1967), "Some methods for classification and analysis of multivariate observations", for
the rate 1/n; Sculley (2010), "Web-scale k-means clustering", for the same a centroid on a stream.
Forgetting and moving dead centroids are ours.
"""

from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import Field

from streamlr.compiling import cold, hot
from streamlr.components import ComponentConfig, Inputs, Shape
from streamlr.tasks.unsupervised import NO_GROUP

TASKS = ("unsupervised",)
COPIED = True
SCRATCH = ("prediction", "distance")
GROUPS = True

_FAR = 1e300  # of a centroid that is not there yet
_DEAD = 0.05  # of its due share
_MEMORY = 100.0  # records for each cluster that its share of wins and of distances is taken over
_LOOK_EVERY = 64
_NONE = -1


class Config(ComponentConfig):
    """Clusters of records that lie near each other, and how far each record is from them."""

    type: Literal["kmeans"] = "kmeans"
    clusters: Annotated[int, Field(ge=1, le=256, description="how many")] = 8


class State(NamedTuple):
    """Centroids of every lane, and what is known of their clusters.

    Attributes
    ----------
    weights : float64 [rows, clusters * lanes]
        Centroids, cluster by cluster; in the bias's row the records that each has won.
    prediction : float64 [3 * lanes]
        As :mod:`streamlr.tasks.unsupervised` says, of the latest inputs.
    distance : float64 [clusters * lanes]
        Squared, of the latest inputs to each centroid.
    share, error : float64 [clusters]
        Of the records won of late, and of the squared distances, in the middle lane.
    seeded : int64 [1]
        Centroids that are there.
    learned : int64 [1]
        Samples learned.
    dead : int64 [1]
        A cluster to be put elsewhere; -1 for none.
    moved : int64 [1]
        Clusters put elsewhere so far.
    """

    weights: np.ndarray
    prediction: np.ndarray
    distance: np.ndarray
    share: np.ndarray
    error: np.ndarray
    seeded: np.ndarray
    learned: np.ndarray
    dead: np.ndarray
    moved: np.ndarray


def init(config: Config, shape: Shape) -> State:
    """No centroid yet."""
    clusters = config.clusters
    return State(
        weights=np.zeros((shape.rows, clusters * shape.lanes)),
        prediction=np.zeros(3 * shape.lanes),
        distance=np.zeros(clusters * shape.lanes),
        share=np.full(clusters, 1.0 / clusters),
        error=np.zeros(clusters),
        seeded=np.zeros(1, np.int64),
        learned=np.zeros(1, np.int64),
        dead=np.full(1, _NONE),
        moved=np.zeros(1, np.int64),
    )


@hot
def predict(state: State, inputs: Inputs, known: int) -> None:  # noqa: ARG001 - one signature
    """Fill ``state.prediction``: distance to the nearest centroid, to the mean, and its number."""
    value, weights, distance = inputs.value, state.weights, state.distance
    columns, clusters = distance.shape[0], state.share.shape[0]
    lanes, dense = columns // clusters, value.shape[0] - inputs.row.shape[0] - 1
    for column in range(columns):
        distance[column] = 0.0
    squares = 0.0
    for row in range(dense):
        x = value[row]
        squares += x * x
        for column in range(columns):
            apart = x - weights[row, column]
            distance[column] += apart * apart
    nearest, group = state.prediction[:lanes], state.prediction[2 * lanes :]
    per_input = 1.0 / max(dense, 1)
    for lane in range(lanes):
        nearest[lane] = _FAR
        group[lane] = NO_GROUP
    for cluster in range(state.seeded[0]):
        own = distance[cluster * lanes : cluster * lanes + lanes]
        for lane in range(lanes):
            closer = own[lane] < nearest[lane]
            nearest[lane] = own[lane] if closer else nearest[lane]
            group[lane] = cluster if closer else group[lane]
    to_mean = np.sqrt(squares * per_input)
    for lane in range(lanes):
        there = group[lane] != NO_GROUP
        state.prediction[lane] = np.sqrt(nearest[lane] * per_input) if there else to_mean
        state.prediction[lanes + lane] = to_mean


@hot
def learn(
    state: State,
    inputs: Inputs,
    target: float,  # noqa: ARG001 - one signature for every model
    rates: np.ndarray,
    known: int,  # noqa: ARG001
) -> None:
    """Move lane k's nearest centroid at ``rates[k]``; lanes beyond ``len(rates)`` stay.

    Uses ``state.prediction`` of these inputs at the current centroids.
    """
    clusters = state.share.shape[0]
    lanes = state.distance.shape[0] // clusters
    state.learned[0] += 1
    if state.seeded[0] < clusters and _is_new(state, lanes):
        _put(state, state.seeded[0], inputs)
        state.seeded[0] += 1
        return
    _count(state, lanes)
    if state.learned[0] % _LOOK_EVERY == 0:
        _look_for_dead(state)
    if state.dead[0] != _NONE and _pays(state, lanes):
        _put_elsewhere(state, inputs, lanes)
        return
    value, weights = inputs.value, state.weights
    dense = value.shape[0] - inputs.row.shape[0] - 1
    won = weights[dense]
    for lane in range(rates.shape[0]):
        group = state.prediction[2 * lanes + lane]
        if group == NO_GROUP:
            continue
        column = int(group) * lanes + lane
        won[column] += 1.0
        share = max(1.0 / won[column], rates[lane] / (1.0 + rates[lane]))
        for row in range(dense):
            weights[row, column] += share * (value[row] - weights[row, column])


@hot
def _is_new(state: State, lanes: int) -> bool:
    """Whether no lane has a centroid at the latest inputs."""
    least = _FAR
    for lane in range(lanes):
        least = min(least, state.prediction[lane])
    return state.seeded[0] == 0 or least > 0.0


@hot
def _count(state: State, lanes: int) -> None:
    """Count who won the latest inputs in the middle lane, and from how far; faded."""
    clusters = state.share.shape[0]
    new = 1.0 / (_MEMORY * clusters)
    for cluster in range(clusters):
        state.share[cluster] *= 1.0 - new
        state.error[cluster] *= 1.0 - new
    group, distance = state.prediction[2 * lanes + lanes // 2], state.prediction[lanes // 2]
    if group != NO_GROUP:
        state.share[int(group)] += new
        state.error[int(group)] += new * (distance * distance)


@cold
def _look_for_dead(state: State) -> None:
    """Choose the cluster with the least share, if that is next to none of its due."""
    clusters, least = state.share.shape[0], 0
    for cluster in range(clusters):
        least = cluster if state.share[cluster] < state.share[least] else least
    is_dead = clusters > 1 and state.seeded[0] == clusters and state.share[least] * clusters < _DEAD
    state.dead[0] = least if is_dead else _NONE


@hot
def _pays(state: State, lanes: int) -> bool:
    """Whether the latest inputs lie where another centroid is worth most, in the middle lane."""
    group = int(state.prediction[2 * lanes + lanes // 2])
    distance = state.prediction[lanes // 2]
    if group == NO_GROUP or group == state.dead[0]:
        return False
    for other in range(state.share.shape[0]):
        if state.error[other] > state.error[group]:
            return False
    return distance * distance * state.share[group] >= state.error[group]  # type: ignore[no-any-return]


@cold
def _put_elsewhere(state: State, inputs: Inputs, lanes: int) -> None:
    """Split the cluster of the latest inputs: the dead one takes half of its share and error."""
    dead, group = state.dead[0], int(state.prediction[2 * lanes + lanes // 2])
    for of in (state.share, state.error):
        half = 0.5 * of[group]
        of[group] = half
        of[dead] = half
    _put(state, dead, inputs)
    state.dead[0] = _NONE
    state.moved[0] += 1


@cold
def _put(state: State, cluster: int, inputs: Inputs) -> None:
    """Put a centroid of every lane onto the inputs: it has won these alone."""
    lanes = state.distance.shape[0] // state.share.shape[0]
    dense = inputs.value.shape[0] - inputs.row.shape[0] - 1
    for column in range(cluster * lanes, cluster * lanes + lanes):
        for row in range(dense):
            state.weights[row, column] = inputs.value[row]
        state.weights[dense, column] = 1.0
