"""Several runs at a time, each a process of its own, with a progress bar for each."""

import functools
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.queues import SimpleQueue

import structlog
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from streamlr.backtest import run as running
from streamlr.backtest.run import Job, Run
from streamlr.errors import StreamlrError
from streamlr.machine import processors

Told = tuple[int, int] | None
"""Place of a run and the records it has done; None ends the telling."""

_WORTH_A_PROCESS = 2_000_000  # records in all: a process takes seconds to load what it runs
_ERRORS_ONLY = 40


def run_all(jobs: Sequence[Job], records: int, at_a_time: int, console: Console) -> list[Run]:
    """Run all, in the order given as far as there is room.

    Parameters
    ----------
    jobs
        What to run.
    records
        Of the stream, for the progress bars.
    at_a_time
        Most processes; 1: none but this one.
    console
        Where progress is shown.

    Raises
    ------
    StreamlrError
        As the first run that failed raised it; the others are not waited for.
    """
    at_a_time = min(at_a_time, len(jobs))
    with _bars(jobs, records, console) as progress:
        if at_a_time == 1:
            _quiet()
            return [
                running.run(job, functools.partial(progress, place))
                for place, job in enumerate(jobs)
            ]
        return _in_processes(jobs, at_a_time, progress)


@contextmanager
def _bars(
    jobs: Sequence[Job], records: int, console: Console
) -> Iterator[Callable[[int, int], None]]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        bars = [progress.add_task(job.schedule, total=records, start=False) for job in jobs]

        def update(place: int, done: int) -> None:
            progress.start_task(bars[place])
            progress.update(bars[place], completed=done)

        yield update


def _in_processes(
    jobs: Sequence[Job], at_a_time: int, progress: Callable[[int, int], None]
) -> list[Run]:
    context = get_context("spawn")  # forking a process that has threads and kernels is unsafe
    told: SimpleQueue[Told] = context.SimpleQueue()
    listener = threading.Thread(target=_listen, args=(told, progress), daemon=True)
    listener.start()
    pool = ProcessPoolExecutor(at_a_time, context, initializer=_begin, initargs=(told,))
    try:
        futures = [pool.submit(_run, job, place) for place, job in enumerate(jobs)]
        return [future.result() for future in futures]
    except BrokenProcessPool as error:
        message = (
            "backtest: a run was ended from outside, by want of memory most likely; try again with "
            f"fewer at a time: --jobs {at_a_time - 1}"
        )
        raise StreamlrError(message) from error
    finally:
        pool.shutdown(cancel_futures=True)
        told.put(None)
        listener.join()


def _listen(told: "SimpleQueue[Told]", progress: Callable[[int, int], None]) -> None:
    while (one := told.get()) is not None:
        progress(*one)


_told: "SimpleQueue[Told]"


def _begin(told: "SimpleQueue[Told]") -> None:
    """In a process of its own, before its first run."""
    global _told  # noqa: PLW0603 - what the pool gives a process, it gives through its globals
    _told = told
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends it without a word
    _quiet()


def _run(job: Job, place: int) -> Run:
    return running.run(job, lambda done: _told.put((place, done)))


def _quiet() -> None:
    """A run's log lines are the daemon's; here only its errors are news."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(_ERRORS_ONLY))


def at_a_time(records: int) -> int:
    """How many runs at a time get through so many records soonest: one a processor, or one.

    Examples
    --------
    >>> at_a_time(1000)
    1
    """
    return processors() if records >= _WORTH_A_PROCESS else 1
