"""Processes that share one piece of work."""

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any


@contextmanager
def worker_pool(
    processes: int, begin: Callable[..., None] | None = None, given: tuple[Any, ...] = ()
) -> Iterator[ProcessPoolExecutor]:
    """Give the processes; on leaving, work that has not begun is dropped.

    They are not forked: the engines of the models have threads, which a fork would lose.

    Args:
        begin: called with `given` in each process before its first work.
    """
    pool = ProcessPoolExecutor(
        processes, multiprocessing.get_context("spawn"), initializer=begin, initargs=given
    )
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)
