"""Where models run and in which number format, chosen once: a GPU when asked or found, else CPU.

The trap: `threads` 0 means every core we may use, which in a container is fewer than the machine's.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from pipeline.errors import BadUsage


@dataclass(frozen=True, slots=True)
class Device:
    """`kind` is `cpu` or `cuda`; `compute_type` is CTranslate2's number format."""

    kind: str
    compute_type: str
    threads: int


def choose_device(wanted: str = "auto", threads: int = 0) -> Device:
    """The device for speech recognition; `auto` takes a GPU when there is one."""
    n_threads = threads or usable_cores()
    if wanted == "cpu":
        return Device("cpu", "int8", n_threads)
    if wanted not in ("auto", "cuda"):
        raise BadUsage(f"unknown device {wanted!r}", field="device", remedy="auto, cpu or cuda")
    if _n_gpus() > 0:
        return Device("cuda", "float16", n_threads)
    if wanted == "cuda":
        raise BadUsage("no GPU found", field="device", remedy="use device `cpu` or `auto`")
    return Device("cpu", "int8", n_threads)


def usable_cores() -> int:
    """Cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _n_gpus() -> int:
    import ctranslate2

    try:
        return int(ctranslate2.get_cuda_device_count())
    except RuntimeError:
        return 0
