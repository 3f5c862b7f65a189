"""The error that ends a benchmark."""


class BenchmarkError(RuntimeError):
    """Nothing could be measured, or what was measured is not what was meant; the message says why."""
