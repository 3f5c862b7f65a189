"""Measurements that anybody can repeat: ``python -m benchmarks`` lists them, ``… NAME`` runs one.

A file here is a benchmark, and its name is the benchmark's. It holds ``add_options(parser)`` and
``measure(asked)``, which returns a :class:`~benchmarks.harness.report.Report`; its docstring says
what is measured and how, the first line in short. ``harness/`` is what they share, ``loops/`` what
people write by hand today.
"""
