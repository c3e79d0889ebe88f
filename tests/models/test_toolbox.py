"""What texts need is loaded beside other work; an error there waits for the first real use."""

import threading
from dataclasses import replace

import pytest

from models.fakes import fake_toolbox
from models.toolbox import ToolboxOptions, _Lazy, build_toolbox, preloading
from pipeline.errors import WeightsError


class Adapter:
    """Counts how often it was loaded; `hold` makes loading wait."""

    def __init__(self, hold=None):
        self.loaded, self.hold = 0, hold

    def load(self):
        if self.hold:
            assert self.hold.wait(5)
        self.loaded += 1

    def value(self):
        return self.loaded


def lazy_box(lazy):
    return replace(fake_toolbox(), tagger=lazy)


def test_a_user_waits_until_preloading_is_done():
    hold = threading.Event()
    lazy = _Lazy(lambda: Adapter(hold), lambda a: a.load())
    threading.Timer(0.05, hold.set).start()
    with preloading(lazy_box(lazy)):
        while not lazy._lock.locked() and lazy._first_use:
            pass
        assert lazy.value() == 1


def test_it_is_done_once():
    lazy = _Lazy(Adapter, lambda a: a.load())
    for _ in range(2):
        with preloading(lazy_box(lazy)):
            pass
        lazy.preload()
    assert lazy.value() == 1


def test_an_error_of_the_work_inside_is_raised_and_the_thread_has_ended():
    lazy = _Lazy(Adapter, lambda a: a.load())
    with pytest.raises(ZeroDivisionError), preloading(lazy_box(lazy)):
        raise ZeroDivisionError
    assert "preload" not in {thread.name for thread in threading.enumerate()}


def test_missing_weights_surface_at_the_first_real_use(tmp_path):
    toolbox = build_toolbox(ToolboxOptions(tmp_path))
    with preloading(toolbox):
        pass
    with pytest.raises(WeightsError, match="icp models --fetch"):
        toolbox.tagger.tag(["We hire in Munich."])


def test_stand_ins_have_nothing_to_load():
    with preloading(fake_toolbox()):
        pass


@pytest.mark.weights
def test_the_real_ones_load(data_dir):
    toolbox = build_toolbox(ToolboxOptions(data_dir, threads=1))
    parts = (toolbox.tagger, toolbox.places, toolbox.embedder, toolbox.entailer, toolbox.reader)
    for part in parts:
        part.preload()
        assert part._first_use is None
