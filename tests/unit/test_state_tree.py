"""Trees of arrays by name, filled whole or not at all."""

from typing import NamedTuple

import numpy as np
import pytest

from streamlr import state_tree


class Leaf(NamedTuple):
    a: np.ndarray
    b: np.ndarray


class Tree(NamedTuple):
    first: np.ndarray
    inner: Leaf


def tree(start: float = 0.0) -> Tree:
    return Tree(np.arange(3.0) + start, Leaf(np.ones((2, 2)) * start, np.array([7])))


def test_names_are_dotted_and_in_order() -> None:
    assert list(state_tree.flatten(tree())) == ["first", "inner.a", "inner.b"]


def test_arrays_are_the_trees_own() -> None:
    subject = tree()
    state_tree.flatten(subject)["inner.a"][0, 0] = 42.0
    assert subject.inner.a[0, 0] == 42.0


def test_filling_copies() -> None:
    source, target = tree(1.0), tree(2.0)
    state_tree.fill(target, state_tree.flatten(source))
    assert state_tree.digest(target) == state_tree.digest(source)
    source.first[0] = 99.0
    assert target.first[0] == 1.0


@pytest.mark.parametrize(
    ("name", "array", "why"),
    [
        ("inner.b", None, r"arrays differ in name: inner\.b"),
        ("odd", np.zeros(1), "arrays differ in name: odd"),
        ("inner.b", np.zeros(2, np.int64), r"inner\.b is int64\(2,\), not int64\(1,\)"),
        ("inner.b", np.zeros(1), r"inner\.b is float64\(1,\), not int64\(1,\)"),
    ],
)
def test_a_tree_that_does_not_fit_changes_nothing(
    name: str, array: np.ndarray | None, why: str
) -> None:
    arrays = state_tree.flatten(tree(1.0))
    if array is None:
        del arrays[name]
    else:
        arrays[name] = array
    target = tree(2.0)
    with pytest.raises(ValueError, match=why):
        state_tree.fill(target, arrays)
    assert state_tree.digest(target) == state_tree.digest(tree(2.0))


def test_the_digest_sees_every_bit() -> None:
    digests = {state_tree.digest(tree())}
    for name, array in state_tree.flatten(tree()).items():
        subject = tree()
        flat = state_tree.flatten(subject)[name].reshape(-1).view(np.int64)
        flat[-1] ^= 1
        digests.add(state_tree.digest(subject))
        assert array.size
    assert len(digests) == 4


def test_the_digest_tells_zero_from_minus_zero() -> None:
    one, other = tree(), tree()
    one.first[0], other.first[0] = 0.0, -0.0
    assert state_tree.digest(one) != state_tree.digest(other)


def test_the_digest_sees_shapes_and_types() -> None:
    kinds = [np.zeros(4), np.zeros((2, 2)), np.zeros(4, np.int64), np.zeros(3)]
    digests = {state_tree.digest(Leaf(kind, np.zeros(1))) for kind in kinds}
    assert len(digests) == len(kinds)
