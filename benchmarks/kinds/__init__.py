"""Kinds of streams, one small module a family of figures of ``python -m benchmarks streams``.

A module holds ``add_options(parser)`` and ``measure(asked, folder)``, which returns a
:class:`~benchmarks.harness.report.Report` of figures that no other module has; ``folder`` is for
its files.
"""
