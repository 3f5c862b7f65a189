"""The streams, one file each; a file's name is the stream's name.

A file holds

``Config``
    a :class:`simulators.options.Options`: the stream's options, ranges in the types;
``Simulator(config, seed)``
    a :class:`simulators.stream.Stream`;

and starts with a docstring whose first line is what ``python -m simulators --list`` prints.
:mod:`simulators.registry` and the contract tests find it there; nothing else needs to be told.
"""
