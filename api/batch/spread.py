"""An archive over all workers on all machines: by the service's own queue, behind fresh uploads.

Every file becomes a call of the service; what the workers found is fetched and checked here, so the
tables are those of a run on one machine. Trap: a content that the service knows is the call that it
is there, with that call's facts and with what people corrected.
"""

from __future__ import annotations

import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from api.batch.crew import Outcome, Plan
from api.batch.listing import Item
from api.batch.state import Entry, State, check_key, heard_key
from api.checked import checked_to_json
from api.inputs import read_input
from api.jobs import intake
from api.jobs.service import Service
from api.jobs.settling import read_corrections
from api.outputs import write_json
from api.results import result_from_json
from api.scores import counted
from api.store import batches, calls, profiles
from api.store.jobs import BATCH
from api.store.records import ENDED, Call
from api.wiring import Services
from pipeline.domain import Transcript
from pipeline.errors import InputError
from pipeline.profile_tree import read_json, read_yaml

WORKER = (sys.executable, "-m", "api.cli", "worker", "--attached")
_LOOK_EVERY_S = 1.0
_CHUNK = 1024 * 1024


@dataclass
class Spread:
    """One run over the service."""

    plan: Plan
    state: State
    service: Service
    services: Services
    tell: Callable[[Outcome], None]
    say: Callable[[str], None]
    outcomes: dict[str, Outcome] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._base = heard_key(self.plan.settings)
        self._waiting: dict[str, tuple[Item, str, str]] = {}
        self._batch = self._batch_id()

    def run(self, items: Sequence[Item]) -> None:
        """Send what is to do, and take in what comes back, until all files have ended."""
        self._register()
        first: dict[str, str] = {}
        for item in items:
            self._send(item, first)
            self._collect(every=_LOOK_EVERY_S)
        while self._waiting:
            time.sleep(_LOOK_EVERY_S)
            self._collect(every=0.0)

    def _batch_id(self) -> str:
        """The batch of this folder, kept so that a resumed run is the same one."""
        path = self.state.folder / "batch"
        if not path.is_file():
            path.write_text(f"b_{secrets.token_hex(10)}", encoding="ascii")
        return path.read_text(encoding="ascii").strip()

    def _register(self) -> None:
        """Tell the service of the batch and of profiles that it does not know."""
        with self.service.database.unit_of_work() as connection:
            for profile, body in zip(self.plan.profiles, self._bodies(), strict=True):
                known = profiles.active(connection, profile.id)
                if known is None:
                    profiles.add_version(connection, body, author="icp batch")
                elif dict(known.body) != dict(body):
                    self.say(
                        f"the service holds calls against another version of {profile.id!r};"
                        " the tables here are by the file that was given"
                    )
            batches.add(
                connection, self._batch, self.state.out.absolute().name or "archive",
                profiles=[profile.id for profile in self.plan.profiles], author="icp batch",
            )  # fmt: skip

    def _bodies(self) -> Iterator[dict[str, object]]:
        """The profiles as the service keeps them."""
        for text, place in zip(self.plan.texts, self.plan.places, strict=True):
            read = read_json if place.suffix.lower() == ".json" else read_yaml
            data = read(text.decode("utf-8-sig")).value
            assert isinstance(data, dict)
            yield data

    def _send(self, item: Item, first: dict[str, str]) -> None:
        try:
            sha, _ = self.state.sha_of(item.path)
            if sha in first:
                self._end(Outcome(item, sha, None, same_as=first[sha]))
                return
            first[sha] = item.name
            key = check_key(self._base, self.plan.profiles, self.plan.texts, item.facts)
            done = self.state.finished(sha, key)
            if done is not None and (done.done or not self.plan.retry_failed):
                self._end(Outcome(item, sha, done))
                return
            call = self._upload(item)
        except InputError as error:
            self._end(Outcome(item, None, None, problem=_said(error), code=error.code))
            return
        if call.status in ("failed", "cancelled") and self.plan.retry_failed:
            intake.retry(self.service, call)
        self._waiting[call.id] = (item, sha, key)

    def _upload(self, item: Item) -> Call:
        found = read_input(item.path)
        is_text = isinstance(found, Transcript)
        moment = item.facts.get("recorded_at")
        facts: dict[str, object] = {
            "deal_id": item.facts.get("deal_id"), "account": item.facts.get("account"),
            "rep": item.facts.get("rep"), "language": None if is_text else found.language,
            "recorded_at": datetime.fromisoformat(moment).timestamp() if moment else None,
            "profiles": tuple(profile.id for profile in self.plan.profiles),
            "title": found.title,
        }  # fmt: skip
        facts["deal_id"] = facts["deal_id"] or found.deal_id
        with self.service.files.spool(_chunks(item.path), most_bytes=1 << 40) as spooled:
            kind = "transcript" if is_text else "recording"
            call, _ = intake.take_in(self.service, spooled, kind, facts, priority=BATCH)
        with self.service.database.unit_of_work() as connection:
            batches.link(connection, self._batch, call.id)
        return call

    _looked = 0.0

    def _collect(self, *, every: float) -> None:
        """Take in the calls that have ended since the last look."""
        if not self._waiting or time.monotonic() - self._looked < every:
            return
        self._looked = time.monotonic()
        with self.service.database.reading() as connection:
            states = batches.states(connection, self._batch)
        for call_id in [c for c in self._waiting if states.get(c, "cancelled") in ENDED]:
            item, sha, key = self._waiting.pop(call_id)
            entry = self._entry(call_id, item, sha, key)
            self.state.note(entry)
            self._end(Outcome(item, sha, entry, new=True))

    def _entry(self, call_id: str, item: Item, sha: str, key: str) -> Entry:
        """Fetch a call's result and check it, or say why there is none."""
        with self.service.database.reading() as connection:
            call = calls.get(connection, call_id)
            files = calls.files(connection, call_id) if call else {}
            corrections = read_corrections(connection, call) if call else None
        if call is None or corrections is None or call.status != "done" or "result" not in files:
            code = (call.error_code if call else None) or "cancelled"
            reason = (call.error_text if call else None) or "was stopped or erased in the service"
            return Entry(sha, self._base, key, False, code, reason)
        result = result_from_json(self.service.files.get_json(files["result"]))
        analysis = self.services.weigh_missing(counted(result, corrections), self.plan.profiles)
        checks = [(p, self.services.check(analysis, p)) for p in self.plan.profiles]
        write_json(self.state.result(sha), checked_to_json(item.name, analysis, checks))
        return Entry(
            sha, self._base, key, True, kind=call.kind, n_bytes=call.n_bytes,
            duration=analysis.transcript.duration,
        )  # fmt: skip

    def _end(self, outcome: Outcome) -> None:
        self.outcomes[outcome.item.name] = outcome
        self.tell(outcome)


class Helpers:
    """Workers on this machine, started with the command and ended with it."""

    def __init__(
        self, number: int, environment: Mapping[str, str], command: Sequence[str] = WORKER
    ) -> None:
        self._command, self._environment = tuple(command), dict(environment)
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._keep, daemon=True) for _ in range(number)]

    def __enter__(self) -> Helpers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _keep(self) -> None:
        """Keep one worker running, with a pause after each death."""
        while not self._stop.is_set():
            process = subprocess.Popen(self._command, stdin=subprocess.PIPE, env=self._environment)
            while process.poll() is None and not self._stop.wait(0.2):
                continue
            if process.poll() is None:
                process.terminate()
                process.wait()
            self._stop.wait(2.0)


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _said(error: InputError) -> str:
    return str(type(error)(error.problem, field=error.field, remedy=error.remedy))
