"""The loops by hand that networks are compared with learn what is there to be learned."""

import numpy as np
import pytest

from benchmarks.loops import networks
from tests.servers.requirements import require_package


def stream(rows: int) -> tuple[np.ndarray, np.ndarray]:
    values = np.random.default_rng(0).normal(5.0, 2.0, (rows, 3))
    return values, (values[:, 0] + values[:, 1] > 10).astype(float)


@pytest.mark.parametrize("loop", ["rivers", "torchs"])
def test_a_loop_learns_a_rule(loop: str) -> None:
    if loop == "torchs":
        require_package("torch")
    outcome = getattr(networks, loop)(*stream(600))
    assert outcome.learned == 600
    assert outcome.accuracy > 0.85
    assert outcome.cpu_seconds > 0
