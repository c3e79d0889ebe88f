from __future__ import annotations

import io

from rich.console import Console

from api.progress import BarProgress, PlainProgress, duration, show_progress


def plain_console() -> tuple[Console, io.StringIO]:
    out = io.StringIO()
    return Console(file=out, force_terminal=False, width=60), out


def test_lines_say_stage_share_and_time_left() -> None:
    console, out = plain_console()
    now = [0.0]
    progress = PlainProgress("call.wav", console, every=10.0, clock=lambda: now[0])
    progress.update("transcribe", 0, 600)
    now[0] = 5.0
    progress.update("transcribe", 60, 600)
    now[0] = 20.0
    progress.update("transcribe", 150, 600)
    now[0] = 80.0
    progress.update("transcribe", 600, 600)
    progress.update("transcribe", 600, 600)
    assert out.getvalue().splitlines() == [
        "call.wav: writing down what is said: begins",
        "call.wav: writing down what is said: 25%, 1 min 0 s left",
        "call.wav: writing down what is said: done in 1 min 20 s",
    ]


def test_stages_without_a_size_and_strange_names_are_no_trouble() -> None:
    console, out = plain_console()
    with show_progress("a\x1b[2J[bold]b", console) as progress:
        progress("tag", 0, 0)
        progress("some_new_stage", 1, 1)
    assert "\x1b" not in out.getvalue()
    assert "a[bold]b: some new stage: done" in out.getvalue()


def test_a_terminal_gets_a_bar_with_percent() -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=120, color_system=None)
    with show_progress("call.wav", console) as progress:
        assert isinstance(progress.__self__, BarProgress)  # type: ignore[attr-defined]
        progress("transcribe", 1, 4)
        progress("transcribe", 2, 4)
        progress("diarize", 9, 4)
    assert "call.wav: writing down what is said" in out.getvalue()
    assert "50%" in out.getvalue()
    assert "100%" in out.getvalue()


def test_durations() -> None:
    assert [duration(s) for s in (0.4, 59, 185, 3840)] == ["0 s", "59 s", "3 min 5 s", "1 h 4 min"]
