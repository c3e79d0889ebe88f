"""What is done already, kept in the output folder so that a killed run goes on where it was.

A result file is written whole under the hash of its content, then a line is added to the journal.
A kill between the two only means that the file is done again. Trap: the journal's last line may be
half a line; it is passed over, and the next line begins on a new one.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TextIO

import models
from api.settings import Settings
from models import registry
from pipeline.domain import Profile
from pipeline.errors import BadUsage, InputError

_CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Entry:
    """How the work on one content ended. `heard` and `key` say by what it was made."""

    sha: str
    heard: str
    key: str
    done: bool
    code: str = ""
    reason: str = ""
    kind: str = ""
    n_bytes: int = 0
    duration: float | None = None
    seconds: Mapping[str, float] = field(default_factory=dict)


class State:
    """The state of one output folder; `opened` holds its lock."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.folder = out / "state"
        self._lock = threading.Lock()
        self._journal: TextIO | None = None
        self.entries: dict[str, Entry] = {}
        self._hashes: dict[str, tuple[int, int, str]] = {}
        self._seen: set[str] = set()

    @contextmanager
    def opened(self) -> Iterator[State]:
        """Make the folders, keep others out, and read what was done."""
        for folder in (self.folder, self.calls):
            _make(folder)
        with (self.folder / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise BadUsage(
                    "another `icp batch` works in this folder", file=str(self.out), field="--out",
                    remedy="wait for it, or name another folder",
                ) from error  # fmt: skip
            self.read()
            for half in (*self.calls.glob(".*"), *self.out.glob(".*.part")):
                half.unlink(missing_ok=True)  # left by a process that was killed as it wrote
            with (self.folder / "journal.jsonl").open("a", encoding="utf-8") as journal:
                journal.write("\n")
                self._journal = journal
                yield self
                self._journal = None

    @property
    def calls(self) -> Path:
        """Where results are: a JSON file a call, as `icp check --json` writes it."""
        return self.out / "calls"

    def result(self, sha: str) -> Path:
        """Where the result of this content is."""
        return self.calls / f"{sha[:24]}.json"

    def note(self, entry: Entry) -> None:
        """Keep how the work on a content ended."""
        self._write({"entry": asdict(entry)})
        self.entries[entry.sha] = entry

    def finished(self, sha: str, key: str) -> Entry | None:
        """The entry of a content that was done, or failed, by the same means."""
        entry = self.entries.get(sha)
        if entry is None or entry.key != key or (entry.done and not self.result(sha).is_file()):
            return None
        return entry

    def heard(self, sha: str, heard: str) -> bool:
        """Whether there is a result whose transcript and signals still hold."""
        entry = self.entries.get(sha)
        return bool(entry and entry.done and entry.heard == heard and self.result(sha).is_file())

    def drop_replaced(self) -> int:
        """Delete the results of files that have another content by now; how many there were.

        Else whoever reads the folder would count a mended call twice.
        """
        now = {sha for _, _, sha in self._hashes.values()}
        old = [self.result(sha) for sha in self._seen - now if self.result(sha).is_file()]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)

    def sha_of(self, path: Path) -> tuple[str, int]:
        """Hash and size of a file; read only when it changed since. Raises InputError."""
        try:
            seen = path.stat()
            known = self._hashes.get(str(path.resolve()))
            if known and known[:2] == (seen.st_size, seen.st_mtime_ns):
                return known[2], seen.st_size
            with path.open("rb") as file:
                sha = hashlib.file_digest(file, "sha256").hexdigest()
        except FileNotFoundError as error:
            raise InputError("does not exist", file=str(path), remedy="check the path") from error
        except OSError as error:
            reason = error.strerror or "unknown reason"
            raise InputError(f"cannot be read: {reason}", file=str(path)) from error
        found = (seen.st_size, seen.st_mtime_ns, sha)
        self._hashes[str(path.resolve())] = found
        self._seen.add(sha)
        self._write({"hash": [str(path.resolve()), *found]})
        return sha, seen.st_size

    def _write(self, line: Mapping[str, object]) -> None:
        with self._lock:
            if self._journal is not None:
                self._journal.write(json.dumps(line, ensure_ascii=True) + "\n")
                self._journal.flush()

    def read(self) -> None:
        """Read what was done so far."""
        path = self.folder / "journal.jsonl"
        if not path.is_file():
            return
        with path.open(encoding="utf-8", errors="replace") as file:
            for line in file:
                try:
                    read = json.loads(line)
                    if "entry" in read:
                        entry = Entry(**read["entry"])
                        self.entries[entry.sha] = entry
                    elif "hash" in read:
                        name, size, modified, sha = read["hash"]
                        self._hashes[name] = (size, modified, sha)
                        self._seen.add(sha)
                except (ValueError, TypeError, KeyError):
                    continue


def heard_key(settings: Settings) -> str:
    """What a transcript and its signals depend on besides the file: models, language, version,
    and whether personal data is taken out.
    """
    rows = [
        [row.name, row.revision, *(file.sha256 for file in row.files), _manifest(row)]
        for row in registry.table().values()
        if row.task != "transcribe" or row.name == f"whisper-{settings.model}"
    ]
    try:
        release = version("icp-signals")
    except PackageNotFoundError:
        release = "unknown"
    beside = ["redact"] if settings.redact else []
    return _digest([rows, settings.model, settings.language, release, *beside])


def check_key(
    heard: str, profiles: Sequence[Profile], texts: Sequence[bytes], facts: Mapping[str, str]
) -> str:
    """What a check depends on besides: the profiles, and what a manifest says of the call."""
    known = [
        [p.id, p.version, hashlib.sha256(t).hexdigest()]
        for p, t in zip(profiles, texts, strict=True)
    ]
    told = {name: facts.get(name) for name in ("deal_id", "recorded_at", "rep")}
    return _digest([heard, known, told])


def _manifest(row: registry.Model) -> str:
    if row.location != "shipped":
        return ""
    path = Path(models.__file__).parent / row.folder / "manifest.json"
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:32]


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK):
            raise PermissionError(13, "Permission denied")
    except OSError as error:
        raise BadUsage(
            f"could not be made: {error.strerror}", file=str(folder), field="--out",
            remedy="name another folder",
        ) from error  # fmt: skip
