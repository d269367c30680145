"""Batches made ahead of time in worker processes, in step order, so that the network never waits for data."""

from __future__ import annotations

import multiprocessing
import queue
from collections.abc import Callable
from multiprocessing.queues import Queue
from types import TracebackType
from typing import Any, Self

from gruforecast.data.windows import Batch
from gruforecast.errors import ResourceError

AHEAD = 6  # steps a worker may be ahead
PATIENCE = 300.0  # seconds after which a worker that gives nothing is taken for dead
LOOK_UP = 5.0  # seconds after which a worker whose queue is full looks whether anyone is left to empty it

Make = Callable[[int], list[Batch]]


def _work(make: Make, first: int, stride: int, made: Queue[Any]) -> None:
    made.cancel_join_thread()  # what nobody takes must not keep the worker alive
    step = first
    while _handed_over(made, (step, make(step))):
        step += stride


def _handed_over(made: Queue[Any], item: tuple[int, list[Batch]]) -> bool:
    """Put *item* as soon as there is room; False when nobody is left to make some."""
    parent = multiprocessing.parent_process()
    while True:
        try:
            made.put(item, timeout=LOOK_UP)
            return True
        except queue.Full:
            if parent is None or not parent.is_alive():
                return False


class BatchStream:
    """``stream(step)`` gives ``make(step)`` for consecutive steps from *start*; *make* must be picklable and pure."""

    def __init__(self, make: Make, start: int, workers: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.queues = [context.Queue(AHEAD) for _ in range(workers)]
        self.processes = [
            context.Process(target=_work, args=(make, start + i, workers, made), daemon=True)
            for i, made in enumerate(self.queues)
        ]
        self.start = start

    def __enter__(self) -> Self:
        try:
            for process in self.processes:
                process.start()
        except OSError as error:
            raise ResourceError(f"cannot start a worker process: {error}", hint="use --workers 1") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self.processes:
            process.terminate()

    def __call__(self, step: int) -> list[Batch]:
        """The batches of *step*. Raises ResourceError when the worker that makes them is dead."""
        worker = (step - self.start) % len(self.queues)
        try:
            made, batches = self.queues[worker].get(timeout=PATIENCE)
        except queue.Empty as error:
            raise ResourceError(
                f"worker process {worker + 1} gave nothing for {PATIENCE:g} s",
                hint="run the same command again: it goes on from the newest checkpoint",
            ) from error
        if made != step:
            raise RuntimeError(f"batches of step {made} came where those of {step} were due")
        result: list[Batch] = batches
        return result
