"""Drift detectors: a stream of numbers (the model's errors) → no signal, a warning, or drift.

A component offers ``update(state, value) -> signal`` with a signal of :mod:`streamlr.components`,
and in its state ``severity`` [1], the signed size of the latest change: above 0 the watched value
rose, and an error that rises is what schedules answer. An alarm is an event of one sample: the
detector resets itself. Its ``Config`` is a :class:`streamlr.detectors.watch.DetectorConfig`.

``is_due(state)`` says that Python must act before the kernel goes on: ``never_due``, but for a
detector that offers ``listener(config)``, a :class:`streamlr.detectors.blocks.Listener`.
"""

INTERNAL = ("blocks", "watch")
"""Files of this kind that other components use and nobody configures by name."""
