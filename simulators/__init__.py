"""Drift generators whose change points are known, for tests, benchmarks and demonstrations.

A stream is an endless table that is computed, not stored: any rows of it can be asked for, in any
order, and they depend on nothing but the stream's name, its options, its seed and the row numbers.
The rows of one CPU architecture and one version of numpy always have the same bits.

In memory::

    stream = make("abrupt", seed=7, drift_every=5_000)
    features, labels = stream.rows(0, 20_000)

To a file, to Kafka or to standard output: ``python -m simulators --help``.

A new generator is one new file in ``simulators/streams/``; see that package's docstring.

Examples
--------
>>> stream = make("abrupt", seed=7, features=3)
>>> stream.feature_names, stream.task, stream.classes
(('x0', 'x1', 'x2'), 'binary', 2)
>>> stream.change_points(25_000)
[10000, 20000]
>>> features, labels = stream.rows(10_000_000, 10_000_004)
>>> features.shape, labels.shape
((4, 3), (4,))
"""

from simulators.registry import make, names
from simulators.stream import Stream

__all__ = ["Stream", "make", "names"]
