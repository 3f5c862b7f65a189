"""The kernel alone: nanoseconds a sample by lanes, features and classes, on arrays in memory.

``python -m benchmarks.loops.kernel_ns`` prints one JSON object, ``{"K.D.C": nanoseconds}``: the
least CPU time of several rounds, whole engine (all read-outs, ADWIN, evaluation), 500 samples a
call. One lane is the constant schedule, more are the race, with four Autostep lanes from ten on.
"""

import json
import time

import numpy as np

from streamlr import config
from streamlr.engine import Engine

_LANES, _FEATURES, _CLASSES = (1, 10, 20), (10, 100), (2, 10)
_CALL = 500
_ROUNDS = 5
_SECONDS = 0.5  # about, of a round
_AUTOSTEP = 4


def main() -> None:
    """Measure every combination, print the outcome."""
    print(
        json.dumps(
            {
                f"{lanes}.{features}.{classes}": measure(lanes, features, classes)
                for classes in _CLASSES
                for lanes in _LANES
                for features in _FEATURES
            }
        )
    )


def measure(lanes: int, features: int, classes: int) -> float:
    """Return nanoseconds a sample."""
    engine = Engine(configuration(lanes, classes), features)
    engine.warm_up()
    random = np.random.default_rng(1)
    values = random.standard_normal((_CALL, features))
    planes = random.standard_normal((features, classes))
    noisy = values @ planes + random.standard_normal((_CALL, classes))
    truth = noisy.argmax(axis=1).astype(np.float64)
    truth[:classes] = np.arange(classes)  # all are met at once
    engine.run(values, truth)
    began = time.process_time()
    engine.run(values, truth)
    calls = max(1, int(_SECONDS / max(time.process_time() - began, 1e-6)))
    rounds = []
    for _ in range(_ROUNDS):
        began = time.process_time()
        for _ in range(calls):
            engine.run(values, truth)
        rounds.append((time.process_time() - began) / (calls * _CALL) * 1e9)
    return min(rounds)


def configuration(lanes: int, classes: int) -> config.Configuration:
    """Return the engine's configuration: as shipped but for the lanes."""
    schedule: dict[str, object] = {"type": "constant"}
    if lanes > 1:
        shipped = {"slowest": 2.0**-12, "fastest": 2.0**3}
        schedule = {"type": "race", "rates": lanes - _AUTOSTEP, **shipped}
    task = "binary" if classes == 2 else "multiclass"
    return config.build(
        {
            "source": {"type": "simulator"},
            "stream": {"label": "y", "task": task},
            "schedule": schedule,
        }
    )


if __name__ == "__main__":
    main()
