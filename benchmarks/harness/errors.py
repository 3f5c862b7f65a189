"""The error that ends a benchmark."""


class BenchmarkError(RuntimeError):
    """There is nothing to report; the message says what went wrong."""
