"""What the log says of an exception, and what it does not."""

from __future__ import annotations

import logging

import pytest

from api.logs import set_up_logs

WORDS = ("we pay forty thousand", "said Lee Park")


def test_what_an_exception_says_is_not_logged(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("uvicorn", "uvicorn.error"):  # as they are before any other test starts a server
        monkeypatch.setattr(logging.getLogger(name), "handlers", [])
        monkeypatch.setattr(logging.getLogger(name), "propagate", True)
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    try:
        set_up_logs()
        try:
            try:
                raise ValueError(WORDS[0])
            except ValueError as error:
                raise RuntimeError(WORDS[1]) from error
        except RuntimeError as error:
            logging.getLogger("uvicorn.error").error("Exception in application", exc_info=error)
    finally:
        root.handlers[:] = before
        root.setLevel(level)
    logged = capsys.readouterr().err
    for told in ("Exception in application", "RuntimeError", "ValueError", "test_logs.py"):
        assert told in logged
    assert not any(words in logged for words in WORDS)
