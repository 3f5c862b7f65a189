"""Concepts of the linear streams: one direction of weights for each, drawn by number."""

import numpy as np

from simulators.draws import Purpose, generator
from simulators.stream import Floats, Integers


def unit(vectors: Floats) -> Floats:
    """Scale each row of float64 [..., features] to length 1."""
    length: Floats = np.sqrt(np.sum(vectors * vectors, axis=-1, keepdims=True))
    return vectors / length


def concept_weights(seed: int, concepts: Integers, features: int) -> Floats:
    """Return the weights of each row's concept.

    Directions are uniform on the sphere, so two concepts of many features are near a right angle
    to each other: what was learnt of the old one says nothing of the new.

    Parameters
    ----------
    seed : int
    concepts : int64 [rows]
        The number, 0 or more, of the concept that each row follows.
    features : int, 2 or more

    Returns
    -------
    float64 [rows, features]
        Each row of length 1; to be read only.

    Notes
    -----
    About 30 µs for each different concept among the rows.
    """
    present, position = np.unique(concepts, return_inverse=True)
    drawn = [
        generator(seed, Purpose.CONCEPT, int(concept)).standard_normal(features)
        for concept in present
    ]
    weights = unit(np.stack(drawn))
    if len(present) == 1:  # nearly every block: no copy for each row
        return np.broadcast_to(weights, (len(concepts), features))
    return weights[position]


def weighted_sum(features: Floats, weights: Floats) -> Floats:
    """Sum features times weights over the columns: float64 [rows, features] to [rows].

    Not a matrix product: a BLAS adds up in an order that depends on the processor.
    """
    total: Floats = np.sum(features * weights, axis=1)
    return total
