"""Run jobs in a few processes, one on each core."""

import multiprocessing
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import TypeVar

from benchmarks.harness.errors import BenchmarkError

PROCESSES = 2

Name = tuple[str, str]
"""Of what, and which."""

Result = TypeVar("Result")


def results(jobs: Mapping[Name, Callable[[], Result]]) -> Iterator[tuple[Name, Result]]:
    """Run every job and yield its name and result, as they come; tell of each on standard error.

    Parameters
    ----------
    jobs
        Name → what to run, which must be picklable; begun in this order.

    Raises
    ------
    BenchmarkError
        One failed; the others are given up.
    """
    began = time.monotonic()
    pool = ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("spawn"))
    try:
        names = {pool.submit(job): name for name, job in jobs.items()}
        for done, future in enumerate(as_completed(names), start=1):
            name, failure = names[future], future.exception()
            if failure is not None:
                raise BenchmarkError(
                    f"{': '.join(name)}: {type(failure).__name__}: {failure}"
                ) from failure
            minutes = (time.monotonic() - began) / 60
            print(f"{done} of {len(names)}, {minutes:.1f} min: {': '.join(name)}", file=sys.stderr)
            yield name, future.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for process in multiprocessing.active_children():
            process.terminate()
