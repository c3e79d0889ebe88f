"""The process that works on files of an archive, one after another, with its models kept loaded.

Like the service's child it reads a request a line, and dies when its parent does. Trap: Ctrl-C in
a terminal reaches it too; it leaves that to its parent.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable

from api.batch.work import Bench, do_file
from api.jobs.child import Answer, Say, serve
from api.settings import Settings
from api.wiring import Services, open_services
from pipeline.errors import IcpError
from pipeline.json_fields import Json

COMMAND = (sys.executable, "-m", "api.batch.child")


def main(wire: Callable[[Settings], Services] = open_services) -> None:
    """Serve requests until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def prepare(settings: Settings) -> Answer:
        bench = Bench(wire(settings))
        return lambda request, say: answer(bench, request, say)

    serve(prepare)


def answer(bench: Bench, request: Json, say: Say) -> Json:
    """What came of one file; a failure that is the file's own is an answer too."""

    def progress(stage: str, done: float, total: float) -> None:
        say({"progress": [stage, min(1.0, done / total) if total > 0 else 0.0]})

    try:
        return do_file(bench, request, progress)
    except IcpError as error:
        return {"failed": [error.code, _said(error), error.retryable]}


def _said(error: IcpError) -> str:
    """The error without the file, which stands beside it."""
    return str(type(error)(error.problem, field=error.field, remedy=error.remedy))


if __name__ == "__main__":
    main()
