"""The thread of one scannable: which settings it works with, and what it says."""

from __future__ import annotations

import itertools
import math
import queue
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import ClassVar

import pytest
from structlog.testing import capture_logs

from plugin_runtime import attributes
from plugin_runtime.hosting.log_lines import LogLines
from plugin_runtime.hosting.messages import Assign, Open, Order, Report, Said, Status
from plugin_runtime.hosting.runner import SessionThread, _Outbox
from plugin_runtime.loading.loader import LoadedPlugin
from plugin_runtime.plugin import StoragePlugin
from plugin_runtime.resource import GlobalId, ScannableId, ScannableStorageResource, StorageResource
from topology.store.values import Phase

_ENDS_SECONDS = 30


class Shaky(attributes.Attribute[str]):
    """A kind whose author forgot that a text may be no key."""

    def validate(self, value: object) -> str:
        return {"good": "good"}[str(value)]


class Gate(ScannableStorageResource):
    name = attributes.String()
    limit = attributes.Integer(default=0)
    word = Shaky(default="good")
    identifier = GlobalId("name")
    is_nameless: ClassVar[bool] = False

    def get_label(self) -> str:
        return str(1 / 0) if self.is_nameless else self.name


class Gated(StoragePlugin[Gate]):
    """Lets the test hold it up in a scan, and keeps the limit that each scan saw."""

    limits: list[int]
    scanning: threading.Semaphore
    may_go_on: threading.Semaphore

    def initial_scan(self, root: Gate) -> None:
        self.update_scan(root)

    def update_scan(self, root: Gate) -> None:
        self.limits.append(root.limit)
        self.scanning.release()
        assert self.may_go_on.acquire(timeout=_ENDS_SECONDS)


class Found(StorageResource):
    number = attributes.Integer()
    identifier = ScannableId("number")


class Finding(StoragePlugin[Gate]):
    """Finds one thing after the other until it may end."""

    may_end: threading.Event

    def initial_scan(self, root: Gate) -> None:
        for number in itertools.count():
            self.update_or_create(Found, number=number)
            if self.may_end.wait(0.01):
                return


class Line:
    """A session thread and the host's end of its connection."""

    def __init__(self, host: Connection[Order, Report], thread: SessionThread) -> None:
        self.thread = thread
        self._host = host

    def heard(self) -> Status:
        """Return the next status it says."""
        while True:
            assert self._host.poll(_ENDS_SECONDS)
            report = self._host.recv()
            assert isinstance(report, Said)
            if report.status is not None:
                return report.status

    def is_silent(self) -> bool:
        return not self._host.poll()


@contextmanager
def running(
    plugin_class: type[StoragePlugin[Gate]], let_end: Callable[[], object], scan_seconds: float
) -> Iterator[Line]:
    """The thread of one gate; `let_end` ends the scan it may be in."""
    plugin = LoadedPlugin("gated", plugin_class, (Gate,), (Gate,))
    host, theirs = Pipe()
    order = Open("gate", "Gate", {"name": "a"}, 1, scan_seconds)
    thread = SessionThread(plugin, order, _Outbox(theirs), LogLines())
    thread.start()
    yield Line(host, thread)
    thread.close()
    let_end()
    thread.join(_ENDS_SECONDS)
    host.close()
    theirs.close()
    assert not thread.is_alive()


@pytest.fixture
def line() -> Iterator[Line]:
    Gated.limits = []
    Gated.scanning, Gated.may_go_on = threading.Semaphore(0), threading.Semaphore(0)
    with running(Gated, lambda: Gated.may_go_on.release(100), math.inf) as line:
        yield line


def test_a_scan_that_goes_on_finding_is_never_overdue() -> None:
    """It takes at least twice the time after which one that stands still is; each word is later."""
    Finding.may_end = threading.Event()
    with running(Finding, Finding.may_end.set, scan_seconds=1.0) as line:
        meanwhile = [line.heard() for _ in range(5)]  # half a second apart, the first at once

        Finding.may_end.set()

        after = iter(line.heard, None)
        ended = next(one for one in after if one.phase is not Phase.SCANNING)
    assert {Phase.SCANNING} == {one.phase for one in meanwhile}
    assert sorted({one.found for one in meanwhile}) == [one.found for one in meanwhile]
    assert (Phase.OK, "") == (ended.phase, ended.error)


def test_settings_that_come_while_it_scans_are_those_of_the_next_scan(line: Line) -> None:
    """The version it names is of the settings its scan worked with, never of later ones."""
    assert Gated.scanning.acquire(timeout=_ENDS_SECONDS)
    line.thread.assign(Assign("gate", {"name": "a", "limit": 7}, 2))
    Gated.may_go_on.release(2)

    heard = [line.heard() for _ in range(3)]

    assert [0, 7] == Gated.limits
    assert [(Phase.SCANNING, 1), (Phase.OK, 1), (Phase.OK, 2)] == [
        (one.phase, one.version) for one in heard
    ]


def test_an_attribute_that_raises_anything_is_told_and_mended_by_the_next_setting(
    line: Line,
) -> None:
    """The session fails under the version that broke it; the thread lives."""
    Gated.may_go_on.release(2)
    first = [line.heard().phase for _ in range(2)]
    line.thread.assign(Assign("gate", {"name": "a", "word": "bad"}, 2))
    broken = line.heard()

    line.thread.assign(Assign("gate", {"name": "a", "word": "good"}, 3))

    mended = line.heard()
    assert [Phase.SCANNING, Phase.OK] == first
    assert (Phase.FAILING, 2) == (broken.phase, broken.version)
    assert "an attribute of Gated raised KeyError: 'bad'" in broken.error
    assert (Phase.OK, 3) == (mended.phase, mended.version)


def test_a_closed_session_says_nothing_of_the_scan_it_was_in(line: Line) -> None:
    """What it found may be older than what a session opened since has said."""
    assert Gated.scanning.acquire(timeout=_ENDS_SECONDS)
    assert Phase.SCANNING == line.heard().phase
    line.thread.close()
    Gated.may_go_on.release()

    line.thread.join(_ENDS_SECONDS)

    assert line.is_silent()


def test_it_goes_on_trying_however_often_it_failed(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two to the power of its failures would soon be no number of seconds any more."""
    monkeypatch.setattr("plugin_runtime.hosting.runner.BACK_OFF_SECONDS", (1e-9, 1e-6))
    line.thread._pause_seconds = 1e-9
    Gated.may_go_on.release(2)
    first = [line.heard().phase for _ in range(2)]

    line.thread.assign(Assign("gate", {"name": "a", "word": "bad"}, 2))

    failed = [line.heard().phase for _ in range(1_100)]
    assert [Phase.SCANNING, Phase.OK] == first
    assert {Phase.FAILING} == set(failed)


def test_a_label_that_cannot_be_said_is_told_and_the_session_goes_on(line: Line) -> None:
    """What the plugin's own code raises outside a scan does not end its thread in silence."""
    assert Phase.SCANNING is line.heard().phase
    assert Gated.scanning.acquire(timeout=_ENDS_SECONDS)

    Gate.is_nameless = True
    try:
        Gated.may_go_on.release()
        told = line.heard()
    finally:
        Gate.is_nameless = False
    line.thread.assign(Assign("gate", {"name": "a", "limit": 2}, 2))
    Gated.may_go_on.release(2)

    assert (Phase.FAILING, "ZeroDivisionError" in told.error) == (told.phase, True)
    assert Phase.OK is line.heard().phase


class Listening(StoragePlugin[Gate]):
    """Its first session's thread dies once it may."""

    may_die: threading.Event
    torn_down: list[int]
    sessions: list[int]

    def initial_scan(self, root: Gate) -> None:
        self.sessions.append(len(self.sessions))
        if self.sessions == [0]:
            threading.Thread(target=self.listen, daemon=True).start()

    def listen(self) -> None:
        assert self.may_die.wait(_ENDS_SECONDS)
        raise ConnectionResetError("array hung up")

    def teardown(self) -> None:
        self.torn_down.append(len(self.sessions))


def test_a_thread_that_dies_ends_the_session_and_a_new_one_begins() -> None:
    """What it would have heard meanwhile is in the new initial scan."""
    Listening.may_die, Listening.torn_down, Listening.sessions = threading.Event(), [], []
    with running(Listening, Listening.may_die.set, math.inf) as line:
        before = [line.heard().phase for _ in range(2)]

        Listening.may_die.set()

        died, again = line.heard(), line.heard()
        torn_down = list(Listening.torn_down)
    assert [Phase.SCANNING, Phase.OK] == before
    assert died.error.startswith(
        "a thread of Listening raised ConnectionResetError: array hung up ("
    )
    assert (Phase.FAILING, Phase.OK) == (died.phase, again.phase)
    assert ([1], [0, 1]) == (torn_down, Listening.sessions)


def test_settings_begin_a_session_anew_where_no_update_scan_would_act_on_them() -> None:
    """A listener is connected with the settings of its initial scan."""
    seen: queue.Queue[int] = queue.Queue()

    class Connected(StoragePlugin[Gate]):
        def initial_scan(self, root: Gate) -> None:
            seen.put(root.limit)

        def teardown(self) -> None:
            seen.put(-1)

    with running(Connected, lambda: None, math.inf) as line:
        before = [line.heard() for _ in range(2)]

        line.thread.assign(Assign("gate", {"name": "a", "limit": 7}, 2))

        after = line.heard()
        did = [seen.get(timeout=_ENDS_SECONDS) for _ in range(3)]
    assert [(Phase.SCANNING, 1), (Phase.OK, 1)] == [(one.phase, one.version) for one in before]
    assert (Phase.OK, 2) == (after.phase, after.version)
    assert [0, -1, 7] == did


def test_a_scan_that_stands_still_is_told_with_where_it_stands_and_logged() -> None:
    """A device that never answers leaves no exception to tell a line by."""
    may_end = threading.Event()

    class Waiting(StoragePlugin[Gate]):
        def initial_scan(self, root: Gate) -> None:
            may_end.wait(_ENDS_SECONDS)

    with capture_logs() as logged, running(Waiting, may_end.set, scan_seconds=0.1) as line:
        statuses = iter(line.heard, None)
        overdue = next(one for one in statuses if one.phase is Phase.FAILING)

    assert re.fullmatch(
        r"its first scan has not ended within 0.1 s and is still waited for in "
        r".*test_runner.py, line \d+; see whether the device answers",
        overdue.error,
    )
    assert [overdue.error] == [one["error"] for one in logged if one["event"] == "scan failed"]


def test_what_failed_is_logged_before_what_that_made_fail() -> None:
    """A teardown that counts on a whole scan must not be all that an author reads."""

    class Unlucky(StoragePlugin[Gate]):
        def initial_scan(self, root: Gate) -> None:
            raise ConnectionRefusedError("login refused")

        def teardown(self) -> None:
            raise AttributeError("no listener")

    with capture_logs() as logged, running(Unlucky, lambda: None, math.inf) as line:
        statuses = iter(line.heard, None)
        next(one for one in statuses if one.phase is Phase.FAILING)

    assert ["scan failed", "teardown raised"] == [one["event"] for one in logged][:2]
    assert logged[0]["error"].startswith(
        "initial_scan of Unlucky raised ConnectionRefusedError: login refused ("
    )


def test_a_teardown_that_fails_at_each_retry_is_logged_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As what the scan failed of; another reason is news."""
    monkeypatch.setattr("plugin_runtime.hosting.runner.BACK_OFF_SECONDS", (1e-9, 1e-6))
    reasons = iter(["no listener", "no listener", "no listener", "no socket"])

    class Unlucky(StoragePlugin[Gate]):
        def initial_scan(self, root: Gate) -> None:
            raise ConnectionRefusedError("login refused")

        def teardown(self) -> None:
            reason = next(reasons, "no socket")
            raise AttributeError(reason)

    with capture_logs() as logged, running(Unlucky, lambda: None, math.inf) as line:
        statuses = [line.heard() for _ in range(7)]

    told = [
        reason
        for one in logged
        if one["event"] == "teardown raised"
        for reason in re.findall("no [a-z]+", one["error"])
    ]
    assert [Phase.SCANNING] + 6 * [Phase.FAILING] == [one.phase for one in statuses]
    assert ["no listener", "no socket"] == told
