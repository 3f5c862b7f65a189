"""Standardisation against River's."""

from collections.abc import Callable

import numpy as np
import pytest
from river.preprocessing import StandardScaler

from streamlr.components import Shape
from streamlr.features import scaling
from tests.contract.engines import dense
from tests.reference.plain import Floats, Scaling

ROWS = 2_000


def ordinary() -> Floats:
    return np.random.default_rng(0).normal([0.0, 5.0, -2e5], [1.0, 1e-3, 3e4], (ROWS, 3))


def heavy_tailed() -> Floats:
    return np.random.default_rng(1).standard_cauchy((ROWS, 2))


def constant() -> Floats:
    return np.tile([0.1, -3e7, 0.0], (ROWS, 1))


def trending() -> Floats:
    row = np.arange(ROWS)
    return np.stack([row * 0.5, np.sin(row / 50) + row // 400], axis=1)


def standardised(values: Floats, clip: float) -> Floats:
    columns = values.shape[1]
    state = scaling.init(scaling.Config(clip=clip), Shape(columns, 2, 1))
    inputs = np.empty((len(values), columns + 1))
    for row, into in zip(values, inputs, strict=True):
        scaling.transform(state, row, dense(into))
        scaling.update(state, row)
    return inputs


@pytest.mark.parametrize("make", [ordinary, heavy_tailed, constant, trending])
def test_it_agrees_with_river(make: Callable[[], Floats]) -> None:
    values = make()
    reference = StandardScaler()
    expected = []
    for row in values.tolist():
        named = dict(enumerate(row))
        scaled = reference.transform_one(named)
        expected.append([scaled[column] for column in named])
        reference.learn_one(named)
    actual = standardised(values, clip=1e6)
    np.testing.assert_allclose(actual[:, :-1], expected, rtol=1e-9, atol=1e-9)
    assert np.all(actual[:, -1] == 1.0)


def test_missing_values_and_clipping_agree_with_plain_numpy() -> None:
    values = heavy_tailed()
    values[np.random.default_rng(2).random(values.shape) < 0.2] = np.nan
    reference = Scaling(values, clip=1.5)
    expected = [reference(row) for row in range(ROWS)]
    actual = standardised(values, clip=1.5)
    np.testing.assert_allclose(actual, expected, rtol=1e-9, atol=1e-9)
    assert (np.abs(actual) == 1.5).any()
