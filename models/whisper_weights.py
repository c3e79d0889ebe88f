"""Which folder holds a Whisper model: a short name of the registry, a folder, or a name of the hub.

The hub is asked only when the user allows it; otherwise only what it delivered before is used. The
trap: `base` is the registry's `whisper-base`, not the hub's, so it works without any network.
"""

from __future__ import annotations

from pathlib import Path

from models.registry import get_model, table
from models.weights import find, sha256_of, weights_folder
from pipeline.errors import WeightsError


def find_whisper(name: str, data_dir: Path, *, allow_download: bool = False) -> tuple[Path, str]:
    """Folder and tag of a Whisper model: a short name, a folder, or a hub name when allowed."""
    short = f"whisper-{name}" if f"whisper-{name}" in _whisper_names() else name
    if short in _whisper_names():
        return find(short, data_dir), get_model(short).tag
    folder = Path(name).expanduser()
    if folder.is_dir():
        if not (folder / "model.bin").is_file():
            raise WeightsError(
                "no CTranslate2 Whisper model in this folder: model.bin is missing",
                file=str(folder),
                remedy="convert the model with ct2-transformers-converter",
            )
        return folder, f"{folder.name}@{sha256_of(folder / 'model.bin')[:6]}"
    return _from_hub(name, data_dir, allow_download)


def _from_hub(name: str, data_dir: Path, allow_download: bool) -> tuple[Path, str]:
    """A model of the hub: from the cache in the data directory, or downloaded when allowed."""
    from faster_whisper import download_model

    cache = weights_folder(data_dir) / "hub"
    try:
        path = Path(download_model(name, local_files_only=not allow_download, cache_dir=str(cache)))
    except Exception as error:
        known = ", ".join(_whisper_names())
        remedy = (
            "check the name and the connection to the hub"
            if allow_download
            else f"use one of {known}, a folder, or allow downloads from the model hub"
        )
        raise WeightsError(f"no Whisper model {name!r} on this machine", remedy=remedy) from error
    return path, f"{name}@{path.name[:6]}"


def _whisper_names() -> tuple[str, ...]:
    return tuple(row.name for row in table().values() if row.task == "transcribe")
