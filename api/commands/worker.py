"""`icp worker` and `icp migrate`: the process that does the work, and the upgrade of the tables.

A worker that `icp serve` started ends when the server does, for it watches its input. Trap: a
signal only asks it to stop; what is under way goes to another worker, or to the next start.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Sequence

from api.jobs.children import COMMAND
from api.jobs.service import upgrade_service, wait_for_service
from api.jobs.worker import Worker
from api.logs import set_up_logs
from api.settings import Settings


def run_worker(
    settings: Settings, *, attached: bool = False, command: Sequence[str] = COMMAND
) -> int:
    """Work until a signal comes (or, when attached, until the input ends)."""
    os.umask(0o077)  # recordings are for nobody else on the machine
    set_up_logs(settings.log_level)
    service = wait_for_service(settings)
    worker = Worker(service, command)
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: worker.stop.set())
    if attached:
        threading.Thread(target=_die_with_parent, daemon=True).start()
    worker.run()
    service.close()
    return 0


def run_migrate(settings: Settings) -> int:
    """Upgrade the tables of the service and of its queue."""
    set_up_logs(settings.log_level)
    upgrade_service(settings)
    return 0


def _die_with_parent() -> None:
    while os.read(sys.stdin.fileno(), 1):
        continue
    os._exit(9)
