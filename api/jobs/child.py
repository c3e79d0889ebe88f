"""The process that does the heavy part of jobs, one after another, with its models kept loaded.

It reads a request a line from standard input and answers with JSON lines: progress, results on the
way, then `result` or `error`. It dies at once when its parent does, because its input ends. Trap:
libraries print to standard output, so that is turned to standard error before anything is loaded.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
from collections.abc import Callable

from api.jobs.failures import failure_of
from api.jobs.stages import Bench, answer
from api.logs import set_up_logs
from api.settings import Settings, load_settings, quiet_libraries
from api.store.files import Files
from api.wiring import Services, open_services
from pipeline.json_fields import Json

Say = Callable[[Json], None]
Answer = Callable[[Json, Say], Json]


def main(wire: Callable[[Settings], Services] = open_services) -> None:
    """Serve requests until the input ends; `wire` puts the services together."""

    def prepare(settings: Settings) -> Answer:
        bench = Bench(wire(settings), Files(settings.files_url, settings.data_dir))
        return lambda request, say: answer(bench, request, say)

    serve(prepare)


def serve(prepare: Callable[[Settings], Answer]) -> None:
    """Answer requests until the input ends, with what `prepare` makes of the settings."""
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    settings = load_settings()
    set_up_logs(settings.log_level)
    quiet_libraries(settings)
    requests: queue.Queue[str] = queue.Queue()
    threading.Thread(target=_listen, args=(requests,), daemon=True).start()
    reply = prepare(settings)

    def say(message: Json) -> None:
        out.write(json.dumps(message) + "\n")
        out.flush()

    while True:
        request = requests.get()
        try:
            say({"result": reply(json.loads(request), say)})
        except BrokenPipeError:
            return
        except Exception as error:
            failure = failure_of(error)
            say({"error": [failure.code, failure.text, failure.retryable]})


def _listen(requests: queue.Queue[str]) -> None:
    for line in sys.stdin:
        requests.put(line)
    os._exit(9)


if __name__ == "__main__":
    main()
