"""Evaluation: predictions against labels, each prediction made before its label was used.

A component offers ``TASKS``, what it can score; ``update(state, truth, said, chance, certainty,
before)`` for the kernel, ``chance`` being what was given to the truth, ``certainty`` what was given
to what was said, and ``before`` what an opponent says who expects no change (NaN: the label
before); and ``metrics(state)`` for whoever reads.
"""

INTERNAL = ("sums",)
"""Files that are no component: what several use."""
