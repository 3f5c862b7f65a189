"""The rows of a seed are for ever: benchmarks and bug reports name them.

Labels must be equal, and features to 12 digits, so that a library's last bit may differ.
"""

import pytest

from simulators import make, names

RECORDED: dict[str, tuple[float, float]] = {
    "abrupt": (1.226661884142301, 1014),
    "agrawal": (20.0, 952),
    "gradual": (1.226661884142301, 1021),
    "hyperplane": (0.9926241703649535, 1013),
    "incremental": (1.226661884142301, 1011),
    "random_walk": (1.226661884142301, 988),
    "rbf": (0.23019925221821608, 2973),
    "recurring": (1.226661884142301, 1013),
    "regression": (1.226661884142301, 49.084091763549885),
    "sea": (7.426433234767893, 548),
    "stationary": (1.226661884142301, 1017),
    "topics": (10962.0, 1002),
}


def test_every_stream_is_recorded() -> None:
    assert set(RECORDED) == set(names())


@pytest.mark.parametrize("name", sorted(RECORDED))
def test_rows_are_as_recorded(name: str) -> None:
    features, labels = make(name, seed=7).rows(29_000, 31_000)
    feature, label_sum = RECORDED[name]
    assert features[1_999, 2] == pytest.approx(feature, rel=1e-12)
    assert labels.sum() == pytest.approx(label_sum, rel=1e-12)
