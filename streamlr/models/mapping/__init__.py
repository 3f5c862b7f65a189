"""Parts of :mod:`streamlr.models.mapped`: a file each map, and the lanes that learn on them.

A map offers ``init(…)``, ``room(state, shape)``: space for the inputs that it makes of a sample;
and ``fill(state, inputs, mapped)``, which fills them: they follow from the sample's own inputs
alone.
"""
