"""An archive of stand-in recordings and transcripts, and `icp batch` on stand-ins."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from rich.console import Console

from api.batch.child import answer
from api.batch.work import Bench
from api.commands import batch as batch_command
from api.commands.batch import BatchOptions, run_batch
from api.settings import Settings
from pipeline.json_fields import Json
from tests.api.conftest import PROFILE, TRANSCRIPT
from tests.batch_stand_in import CHILD
from tests.stand_in import talk, wire

SOUND = b"RIFF\x00\x00\n"


class Here:
    """Does in this process what the children do."""

    def __init__(self, *_: object, **__: object) -> None:
        self._bench = Bench(wire(Settings(data_dir=Path("unused"))))

    def ask(self, request: Json, *, wanted: object, tell: object) -> Json:
        """The child's answer."""
        return answer(self._bench, request, lambda _message: None)

    def close(self) -> None:
        """Nothing to end."""


@dataclass
class Archive:
    """A folder of calls, a profile, and where results go."""

    calls: Path
    profile: Path
    out: Path
    said: list[str]

    def recording(self, name: str, number: int, *orders: str) -> Path:
        """Add a stand-in recording."""
        path = self.calls / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(SOUND + talk(number, *orders))
        return path

    def transcript(self, name: str, **fields: object) -> Path:
        """Add a transcript."""
        path = self.calls / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({**TRANSCRIPT, **fields}), encoding="utf-8")
        return path

    def run(self, **options: object) -> int:
        """Run `icp batch`, its work in this process; what it says goes to `said`."""
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(batch_command, "Children", Here)
            return self.run_processes(**options)

    def run_processes(self, **options: object) -> int:
        """Run `icp batch` with processes of its own."""
        given = {"place": self.calls, "profiles": (self.profile,), "out": self.out, **options}
        settings = Settings(data_dir=self.out.parent / "data")
        return run_batch(BatchOptions(**given, command=CHILD), settings)  # type: ignore[arg-type]

    def table(self, name: str) -> list[dict[str, object]]:
        """The rows of a table."""
        import pyarrow.parquet as pq

        rows: list[dict[str, object]] = pq.read_table(self.out / f"{name}.parquet").to_pylist()
        return rows

    def bytes(self) -> dict[str, bytes]:
        """Every file that came out, without the state."""
        files = [p for p in self.out.rglob("*") if p.is_file() and "state" not in p.parts]
        return {str(p.relative_to(self.out)): p.read_bytes() for p in files}

    def heard(self) -> list[str]:
        """The contents that the journal says were heard, in order, also again."""
        lines = (self.out / "state" / "journal.jsonl").read_text().splitlines()
        entries = [json.loads(line)["entry"] for line in lines if '"entry"' in line]
        return [e["sha"] for e in entries if "read" in e["seconds"]]


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Archive:
    """An empty archive."""
    for name in [n for n in os.environ if n.startswith("ICP_")]:
        monkeypatch.delenv(name)
    root = Path(__file__).parents[3]
    monkeypatch.setenv("PYTHONPATH", str(root))
    monkeypatch.setattr(batch_command, "open_services", wire)
    said: list[str] = []
    monkeypatch.setattr(batch_command, "Console", _console(said))
    (tmp_path / "calls").mkdir()
    profile = tmp_path / "profile.yaml"
    profile.write_text(PROFILE, encoding="utf-8")
    return Archive(tmp_path / "calls", profile, tmp_path / "out", said)


def _console(said: list[str]) -> Callable[..., Console]:
    class Listening(Console):
        def print(self, *objects: object, **_options: object) -> None:  # type: ignore[override]
            said.extend(str(item) for item in objects)

    return lambda **_options: Listening(force_terminal=False)
