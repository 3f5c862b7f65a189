"""Features: decoded columns → the model's inputs.

A component offers ``transform(state, values, inputs)``, which fills ``inputs`` [features + 1] (the
last is the bias, 1.0) from ``values`` [features] knowing only the rows before, and
``update(state, values)``, which then takes the row in.
"""
