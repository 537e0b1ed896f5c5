"""A plugin's own process: one thread per scannable, each running that scannable's sessions.

What plugin code does here, hang, raise or crash, harms no other plugin and never reaches the store:
reports go to the host through one connection, orders come back.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection

import structlog

from plugin_runtime.faults import described, standing_of
from plugin_runtime.hosting.log_lines import LogLines
from plugin_runtime.hosting.messages import Assign, Broken, Close, Open, Order, Report, Said, Status
from plugin_runtime.loading.loader import LoadedPlugin, load_plugin
from plugin_runtime.session.session import Session
from topology.delta import Delta
from topology.errors import DeviceUnreachable, TopologyError
from topology.logs import configure_logs
from topology.statistics import Sample
from topology.store.values import Phase

BACK_OFF_SECONDS = (1.0, 300.0)
"""The shortest and longest wait before a failed session is tried again; doubled each time."""
_LINGER_SECONDS = 10.0  # for teardowns, once the host is gone
_PROGRESS_SECONDS = 1.0
_NOTICE_SECONDS = 0.1  # how soon an assignment by a plugin's own thread is sent

log = structlog.get_logger(__name__)


def run_plugin(reference: str, connection: Connection[Report, Order]) -> None:
    """Run the plugin that `reference` names until the host closes `connection`."""
    lines = LogLines()
    configure_logs(lines)
    threading.Thread(target=_end_with_the_host, name="end with the host", daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's Ctrl-C is the host's to handle
    outbox = _Outbox(connection)
    try:
        plugin = load_plugin(reference)
    except TopologyError as error:
        outbox.send(Broken(str(error)))
        return
    sessions: dict[str, SessionThread] = {}
    while (order := _next_order(connection)) is not None:
        match order:
            case Open():
                _close(sessions.pop(order.scannable_id, None))
                thread = SessionThread(plugin, order, outbox, lines)
                sessions[order.scannable_id] = thread
                thread.start()
            case Assign():
                sessions[order.scannable_id].assign(order)
            case Close():
                _close(sessions.pop(order.scannable_id, None))
    for thread in sessions.values():
        thread.close()
    for thread in sessions.values():
        thread.join(timeout=5)


def _end_with_the_host() -> None:
    """End this process a while after its host, also where plugin code never returns."""
    host = multiprocessing.parent_process()
    if host is not None:
        host.join()
        time.sleep(_LINGER_SECONDS)
        os._exit(1)


def _next_order(connection: Connection[Report, Order]) -> Order | None:
    try:
        return connection.recv()
    except (EOFError, ConnectionError):
        return None


def _told(error: Exception) -> str:
    return str(error) if isinstance(error, TopologyError) else described(error)


def _close(thread: SessionThread | None) -> None:
    if thread is not None:
        thread.close()


class _Outbox:
    """The connection, for several threads."""

    def __init__(self, connection: Connection[Report, Order]) -> None:
        self._connection = connection
        self._lock = threading.Lock()

    def send(self, report: Report) -> None:
        with self._lock:
            try:
                self._connection.send(report)
            except ConnectionError:  # the host is gone, and this process with it in a moment
                log.warning("host is gone", report=type(report).__name__)


class SessionThread(threading.Thread):
    """The sessions of one scannable: scan, wait, scan again; after a failure begin anew."""

    def __init__(self, plugin: LoadedPlugin, order: Open, outbox: _Outbox, lines: LogLines) -> None:
        super().__init__(name=f"session {order.scannable_id}", daemon=True)
        self._plugin = plugin
        self._scannable_id = order.scannable_id
        self._class_name = order.class_name
        self._outbox = outbox
        self._newest: Open | Assign = order
        self._version = order.version  # of the settings in force; this thread's alone
        self._pause_seconds, _ = BACK_OFF_SECONDS
        self._heard_at = self._period = 0.0
        self._scan_seconds = order.scan_seconds
        self._lines = lines
        self._root_uid = ""
        self._failure = ""
        """Why it fails, as it was last logged."""
        self._teardown_failure = ""
        """Why its last teardown failed, which is no news while it is tried again."""
        self._assigned = threading.Event()
        self._closing = threading.Event()
        self._wake = threading.Event()

    def assign(self, order: Assign) -> None:
        """Give the session new settings; it scans at once."""
        self._newest = order
        self._assigned.set()
        self._wake.set()

    def close(self) -> None:
        """Let the session end, after the scan it may be in; it says nothing more."""
        self._closing.set()
        self._wake.set()

    def run(self) -> None:
        """Keep a session going until `close`."""
        self._say(Phase.SCANNING)
        while not self._closing.is_set():
            try:
                session = Session(
                    self._plugin.plugin_class,
                    self._plugin.root_class(self._class_name),
                    self._taken_settings(),
                )
            except Exception as error:  # noqa: BLE001 - whatever it is, the thread must go on
                self._fail(_told(error))
            else:
                self._work(session)
            self._back_off()

    def _work(self, session: Session) -> None:
        self._root_uid = session.root_uid
        try:
            self._scan_on(session)
        except TopologyError as error:
            self._fail(str(error), session.unreachable(error))
        except Exception as error:  # noqa: BLE001 - as above; the root's own claim may be at fault
            self._fail(_told(error))
        finally:
            self._teardown_failure = session.teardown(known=self._teardown_failure)

    def _scan_on(self, session: Session) -> None:
        """Scan, and again whenever it is time or settings change, until `close` or an error.

        Settings that no update scan would act on end the session too; the next one has them.
        """
        self._scan(session, session.initial_scan)
        due = time.monotonic() + session.update_period
        while not self._closing.is_set():
            self._wake.wait(min(_NOTICE_SECONDS, max(due - time.monotonic(), 0)))
            self._wake.clear()
            is_assigned = self._assigned.is_set()
            if is_assigned and session.is_asynchronous:
                return
            if is_assigned:
                self._send(None, session.assign(self._taken_settings()))
            if is_assigned or time.monotonic() >= due:
                self._scan(session, session.update_scan)
                # Not sooner: a listener that dies whenever it is started is to be tried less often.
                self._pause_seconds, _ = BACK_OFF_SECONDS
                due = time.monotonic() + session.update_period
            else:
                self._send(None, session.pending(), session.samples())

    def _taken_settings(self) -> Mapping[str, object]:
        """Return the newest settings, which are in force from now on."""
        self._assigned.clear()  # first, so that settings that come meanwhile are taken next
        order = self._newest
        self._version = order.version
        return order.settings

    def _scan(self, session: Session, scan: Callable[[], Delta]) -> None:
        begun = time.monotonic()
        with self._watched(session):
            delta = scan()
        seconds = time.monotonic() - begun
        self._heard_at, self._period = time.time(), session.update_period + seconds
        self._failure = self._teardown_failure = ""
        self._say(
            Phase.OK, delta, scan_seconds=seconds, found=session.found, samples=session.samples()
        )

    @contextmanager
    def _watched(self, session: Session) -> Iterator[None]:
        """Tell how a scan goes while it goes on."""
        ended = threading.Event()
        watcher = threading.Thread(target=self._watch, args=[session, ended], daemon=True)
        watcher.start()
        try:
            yield
        finally:
            ended.set()
            watcher.join()

    def _watch(self, session: Session, ended: threading.Event) -> None:
        """Say what a first scan has found by now, and of one that stands still that it is overdue.

        A large site on a slow machine takes its time, and is not silent.
        """
        found, found_at = session.found, time.monotonic()
        is_overdue = False
        while not ended.wait(min(_PROGRESS_SECONDS, self._scan_seconds / 2)):
            if session.found != found:
                found, found_at = session.found, time.monotonic()
                if not self._heard_at:
                    self._say(Phase.SCANNING, found=found)
            elif not is_overdue and time.monotonic() - found_at > self._scan_seconds:
                is_overdue = True
                self._say_overdue(session)

    def _say_overdue(self, session: Session) -> None:
        what = "scan" if self._heard_at else "first scan"
        place = standing_of(self.ident)
        error = DeviceUnreachable(
            f"its {what} has not ended within {self._scan_seconds:g} s and is still waited for"
            f"{f' in {place}' if place else ''}; see whether the device answers"
        )
        self._fail(str(error), session.unreachable(error))

    def _fail(self, error: str, delta: Delta | None = None) -> None:
        """Say why it fails, and log it where that is news."""
        if error != self._failure:
            self._failure = error
            log.warning(
                "scan failed", plugin=self._plugin.name, scannable=self._scannable_id, error=error
            )
        self._say(Phase.FAILING, delta, error=error)

    def _back_off(self) -> None:
        """Wait, longer each time, or until settings change or `close`."""
        if self._closing.is_set() or self._assigned.is_set():
            return
        self._wake.wait(self._pause_seconds * random.uniform(0.5, 1.0))  # noqa: S311
        self._wake.clear()
        _, longest = BACK_OFF_SECONDS
        self._pause_seconds = min(longest, 2 * self._pause_seconds)

    def _say(
        self,
        phase: Phase,
        delta: Delta | None = None,
        *,
        error: str = "",
        scan_seconds: float = 0.0,
        found: int = 0,
        samples: Sequence[Sample] = (),
    ) -> None:
        status = Status(
            phase=phase,
            version=self._version,
            at=time.time(),
            error=error,
            scan_seconds=round(scan_seconds, 3),
            period_seconds=round(self._period, 3),
            heard_at=self._heard_at,
            found=found,
            log=self._lines.of(self._root_uid),
        )
        self._send(status, delta, samples)

    def _send(
        self, status: Status | None, delta: Delta | None, samples: Sequence[Sample] = ()
    ) -> None:
        is_silent = status is None and (delta is None or delta.is_empty) and not samples
        # Another session of this scannable may be open once this one is closing.
        if not is_silent and not self._closing.is_set():
            self._outbox.send(Said(self._scannable_id, status, delta, tuple(samples)))
