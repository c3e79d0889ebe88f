"""Why a job failed, by code, and whether and when to try it again.

What is wrong with the input fails the same again, so it is never tried twice; what is wrong with
the machine may pass. Trap: an error of ours that nobody foresaw is tried again too, for most come
from the moment, and after the last try it stays as `internal`.
"""

from __future__ import annotations

from api.store.records import Failure
from pipeline.errors import IcpError

MOST_TRIES = 4
FIRST_DELAY, _DELAY_FACTOR = 5.0, 4.0


def failure_of(error: BaseException) -> Failure:
    """The failure that an error stands for; never the words of a call."""
    if isinstance(error, IcpError):
        return Failure(error.code, error.problem, error.retryable)
    if isinstance(error, MemoryError):
        return Failure("out_of_memory", "there was not enough memory", True)
    if isinstance(error, OSError):
        reason = error.strerror or type(error).__name__
        return Failure("machine", f"the machine refused: {reason}", True)
    return Failure("internal", f"unexpected {type(error).__name__}", True)


def delay_after(failures: int) -> float:
    """Seconds to wait after so many failures: 5, 20, 80."""
    return FIRST_DELAY * _DELAY_FACTOR ** (failures - 1)
