"""`icp serve`: the API, and a worker beside it that is started again when it dies.

The worker is a process of its own: what crashes there cannot take the API along, and the API never
runs work itself. Trap: the worker ends with the server because its input ends, also after kill -9.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence

import uvicorn

from api.commands.connections import ImpatientProtocol
from api.jobs.service import wait_for_service
from api.logs import set_up_logs
from api.security import first_key
from api.settings import Settings, settings_to_environment

STOP_SECONDS = 10
"""How long a stop waits for what is under way; streams of events would never end by themselves."""
KEEP_SECONDS = 75
"""How long an idle connection stays open: longer than proxies keep theirs."""
WORKER = (sys.executable, "-m", "api.cli", "worker", "--attached")


def run_serve(
    settings: Settings, host: str, port: int, *, worker: Sequence[str] | None = WORKER
) -> int:
    """Serve until told to stop."""
    os.umask(0o077)  # recordings are for nobody else on the machine
    set_up_logs(settings.log_level)
    service = wait_for_service(settings)
    secret = first_key(service.database)
    service.close()
    if secret is not None:
        # standard output: the log is standard error, and keeps no secrets
        sys.stdout.write(f"icp: your admin key, shown only this once: {secret}\n")
        sys.stdout.flush()
    stop = threading.Event()
    if worker is not None:
        command, environment = tuple(worker), settings_to_environment(settings)
        threading.Thread(target=_supervise, args=(command, environment, stop), daemon=True).start()
    try:
        uvicorn.run(
            "api.main:from_environment", factory=True, host=host, port=port,
            log_level=settings.log_level.lower(), access_log=False, http=ImpatientProtocol,
            log_config=None,  # our own format, for uvicorn's would tell what exceptions say
            timeout_graceful_shutdown=STOP_SECONDS, timeout_keep_alive=KEEP_SECONDS,
        )  # fmt: skip
    finally:
        stop.set()
    return 0


def _supervise(command: Sequence[str], environment: dict[str, str], stop: threading.Event) -> None:
    """Keep one worker running, with a longer pause after each quick death."""
    pause = 0.5
    while not stop.is_set():
        begun = time.monotonic()
        process = subprocess.Popen(command, stdin=subprocess.PIPE, env=environment)
        while process.poll() is None and not stop.wait(0.2):
            continue
        if process.poll() is None:
            process.terminate()
            process.wait()
            return
        pause = 0.5 if time.monotonic() - begun > 30 else min(pause * 2, 30.0)
        stop.wait(pause)
