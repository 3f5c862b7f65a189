"""Features: decoded columns → the model's inputs.

A component offers ``transform(state, values, inputs)``, which fills
:class:`streamlr.components.Inputs` from ``values`` [features + categories] knowing only the rows
before, and ``update(state, values)``, which then takes the row in; ``look(state, values, inputs)``,
which fills them with the same, and enters no new category; ``used(state)``, how many weight rows
are in use; and ``buckets(config, columns)``, how many there may be for the values of so many
categorical columns.
"""

INTERNAL = ("as_is", "categories", "encoded")
"""Files of this kind that other components use and nobody configures by name."""
