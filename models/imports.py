"""Import a library without one that it takes only if it finds it.

spaCy and CTranslate2's converter import torch (a second and a half of CPU, 150 MB) to serve models
that we do not have. `without` hides it from the imports of the calling thread; others see it.
The trap: what was imported so never learns of the hidden library, so hide only what it never needs.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.abc import MetaPathFinder


class _Hider(MetaPathFinder):
    """Says in one thread that a module is not there."""

    def __init__(self, name: str) -> None:
        self._name, self._thread = name, threading.get_ident()

    def find_spec(self, fullname: str, path: object, target: object = None) -> None:
        """Refuse the hidden module; leave every other to the finders after this one."""
        if fullname == self._name and threading.get_ident() == self._thread:
            raise ModuleNotFoundError(f"{fullname} is hidden here", name=fullname)


@contextmanager
def without(name: str) -> Iterator[None]:
    """Inside, this thread cannot import the module; one that is imported already stays."""
    hider = _Hider(name)
    # a new list each time: other threads walk over the old one without a copy
    sys.meta_path = [hider, *sys.meta_path]
    try:
        yield
    finally:
        sys.meta_path = [finder for finder in sys.meta_path if finder is not hider]
