"""Pieces of work in batches, a few batches ahead of who takes the results.

The results come in the order of the batches. The trap: a batch that fails must end the others, or
the process waits for work that nobody wants.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """The items in lists of `size`; the last may be shorter."""
    batch: list[Item] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def run_ahead(
    batches: Iterable[list[Item]], work: Callable[[list[Item]], Result], workers: int
) -> Iterator[tuple[list[Item], Result]]:
    """Results in order, with a few batches under way and one waiting for each worker."""
    pending: deque[tuple[list[Item], Future[Result]]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        try:
            for batch in batches:
                pending.append((batch, pool.submit(work, batch)))
                while len(pending) > 2 * workers:
                    done, future = pending.popleft()
                    yield done, future.result()
            while pending:
                done, future = pending.popleft()
                yield done, future.result()
        finally:
            for _, future in pending:
                future.cancel()
