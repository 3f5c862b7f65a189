"""The kernel alone on texts: nanoseconds a token, with few weights and with many.

``python -m benchmarks.loops.text_ns`` prints one JSON object: the least CPU time of several rounds,
whole engine, the race that is the default for texts, 40 words a text of 10,000, so that as many
weights are in use however many there are.
"""

import json
import time

import numpy as np

from simulators import make
from streamlr import config
from streamlr.engine import Engine
from streamlr.records import Schema
from streamlr.tokens import Tokeniser

_TEXTS = 20_000
_ROUNDS = 5
_BITS = (14, 20)


def main() -> None:
    """Measure both, print the outcome."""
    topics = make("topics", seed=1, vocabulary=10_000)
    features, labels = topics.rows(0, _TEXTS)
    tokeniser = Tokeniser(Schema((), "target", texts=("text",)))
    tokens = tokeniser.of_texts([str(topics.written(row)[0])] for row in features.tolist())
    values, truth = np.empty((_TEXTS, 0)), labels.astype(np.float64)
    costs = {}
    for bits in _BITS:
        engine = Engine(_configuration(2**bits), 0, texts=1)
        engine.run(values, truth, tokens)
        rounds = []
        for _ in range(_ROUNDS):
            began = time.process_time()
            engine.run(values, truth, tokens)
            rounds.append((time.process_time() - began) / len(tokens.code) * 1e9)
        costs[f"text_ns_per_token_2_{bits}"] = min(rounds)
    print(json.dumps(costs))


def _configuration(buckets: int) -> config.Configuration:
    return config.build(
        {
            "source": {"type": "simulator"},
            "stream": {"label": "target", "texts": ["text"]},
            "features": {"buckets": buckets},
        }
    )


if __name__ == "__main__":
    main()
