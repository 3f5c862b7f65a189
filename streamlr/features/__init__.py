"""Features: decoded columns → the model's inputs.

A component offers ``transform(state, values, inputs)``, which fills
:class:`streamlr.components.Inputs` from ``values`` [features + categories] knowing only the rows
before; ``read(state, values, span, code, inputs)``, which adds the tokens of its texts
(:class:`streamlr.records.Tokens`) and returns how many sparse inputs there are; ``update(state,
values)``, which then takes the row in. ``look(state, values, inputs)`` and ``find(state, values,
span, code, new, inputs)`` fill in the same, and enter no new value or token: ``look`` returns how
many were new, for ``find``. ``used(state)`` is how many weight rows are in use;
``buckets(config, columns)``, how many there may be for the values of so many categorical columns
and texts.
"""

INTERNAL = ("as_is", "categories", "encoded")
"""Files of this kind that other components use and nobody configures by name."""
