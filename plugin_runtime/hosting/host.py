"""The plugin host: starts a process per plugin, hands out scannables, ingests what they say.

The host's own thread is the only one that talks to the store, but for its beats. What cannot be
applied now is kept, joined to what follows, and tried again. A scannable is scanned by the one host
that has its lease; what another host gives back, or loses by falling silent, is taken over.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from multiprocessing.connection import wait

import structlog

from plugin_runtime.faults import described
from plugin_runtime.hosting.host_session import HostSession
from plugin_runtime.hosting.messages import Assign, Close, Open, Status
from plugin_runtime.hosting.plugin_process import PluginProcess, end_all
from plugin_runtime.hosting.sample_writer import SampleWriter
from topology.errors import (
    DeltaRejected,
    LeaseLost,
    ResourceNotFound,
    StoreUnavailable,
    TopologyError,
)
from topology.ingest.ingest import Ingest
from topology.site_key import SiteKey
from topology.statistics import StatisticsStore
from topology.store.graph_store import GraphStore
from topology.store.holder import Holder, Standing
from topology.store.values import Phase, Scannable

_POLL_SECONDS = 0.3
_RESTART_SECONDS = 5.0
SCAN_SECONDS = 120.0
"""How long a first scan may find nothing new before its scannable is said to be failing."""
_REFUSED_SECONDS = 60.0

log = structlog.get_logger(__name__)


class Host:
    """Runs the plugins of one machine against one store."""

    def __init__(
        self,
        store: GraphStore,
        references: Mapping[str, str],
        *,
        holder: Holder,
        site_key: SiteKey,
        statistics: StatisticsStore,
        scan_seconds: float = SCAN_SECONDS,
    ) -> None:
        self._store = store
        self._references = references
        """Where each plugin is found, by its name."""
        self._holder = holder
        self._site_key = site_key
        self._scan_seconds = scan_seconds
        self._ingest = Ingest(store)
        self._samples = SampleWriter(statistics, self._ingest.held_as)
        self._plugins: dict[str, PluginProcess] = {}
        self._not_before: dict[str, float] = {}  # when a plugin that ended may start again
        self._failing: dict[str, str] = {}
        self._is_undecided = False  # of some scannable it is not known whether another scans it
        self._problem = ""

    @property
    def failing(self) -> Mapping[str, str]:
        """Why each scannable that this host cannot scan now cannot be scanned, by its id."""
        return self._failing

    def run(self, stopping: threading.Event, *, once: bool = False) -> None:
        """Serve until `stopping` is set; with `once` until every scannable was scanned once."""
        try:
            while not stopping.is_set():
                try:
                    self._follow_scannables()
                    self._apply_waiting()
                    self._problem = ""
                except StoreUnavailable as error:
                    if not self._problem:
                        log.warning("store unavailable, reports are kept", problem=str(error))
                    self._problem = str(error)
                    stopping.wait(_POLL_SECONDS)
                self._samples.write()
                if once and not self._problem and self._is_settled():
                    return
                self._listen()
        finally:
            self._stop()

    def _is_settled(self) -> bool:
        sessions = [one for plugin in self._plugins.values() for one in plugin.sessions.values()]
        return not self._is_undecided and all(one.is_settled for one in sessions)

    def _follow_scannables(self) -> None:
        wanted = {one.scannable_id: one for one in self._store.scannables()}
        for plugin in self._plugins.values():
            for scannable_id in plugin.sessions.keys() - wanted.keys():
                del plugin.sessions[scannable_id]
                plugin.order(Close(scannable_id))
        for scannable_id in self._failing.keys() - wanted.keys():
            del self._failing[scannable_id]
        self._is_undecided = False
        for scannable in wanted.values():
            try:
                self._follow(scannable)
            except ResourceNotFound:  # removed since it was listed
                continue

    def _follow(self, scannable: Scannable) -> None:
        self._leave_to_another(scannable)
        standing = self._holder.standing(scannable.scannable_id, scannable.held)
        if standing is not Standing.FREE:
            self._is_undecided |= standing is Standing.UNDECIDED
            return
        plugin = self._plugin_of(scannable)
        if plugin is None:
            return
        session = plugin.sessions.get(scannable.scannable_id)
        if session is None:
            lease = self._holder.take(scannable.scannable_id, scannable.held)
            if lease is None:
                return
            scannable = replace(scannable, epoch=lease.epoch, holder=lease.holder)
            session = plugin.sessions[scannable.scannable_id] = HostSession(scannable, lease)
            self._tell_settings(plugin, session, is_new=True)
        is_changed = session.scannable.version != scannable.version
        session.scannable = scannable
        if session.anew_at is not None and (is_changed or time.monotonic() >= session.anew_at):
            session.anew_at = None
            self._tell_settings(plugin, session, is_new=True)
        elif is_changed:
            self._tell_settings(plugin, session, is_new=False)

    def _tell_settings(self, plugin: PluginProcess, session: HostSession, *, is_new: bool) -> None:
        """Begin a session, or give it new settings; without the site key, say so and wait."""
        one = session.scannable
        try:
            settings = self._site_key.opened(one.settings)
        except TopologyError as error:
            self._refuse(session, str(error))
            return
        if is_new:
            opening = Open(
                one.scannable_id, one.class_name, settings, one.version, self._scan_seconds
            )
            plugin.order(opening)
        else:
            plugin.order(Assign(one.scannable_id, settings, one.version))

    def _plugin_of(self, scannable: Scannable) -> PluginProcess | None:
        """Return the running process of a scannable's plugin, started where it is time."""
        name = scannable.plugin
        plugin = self._plugins.get(name)
        if plugin is not None and plugin.is_running:
            return plugin
        if name not in self._references:
            known = ", ".join(sorted(self._references))
            self._report(
                scannable, f"plugin {name!r} is not installed on this machine; known: {known}"
            )
            return None
        if plugin is not None:
            log.error("plugin ended", plugin=name, error=plugin.ending)
            for session in plugin.sessions.values():
                self._report(session.scannable, f"{plugin.ending}; it is started again")
            plugin.connection.close()
            del self._plugins[name]
            self._not_before[name] = time.monotonic() + _RESTART_SECONDS
        if time.monotonic() < self._not_before.get(name, 0.0):
            return None
        plugin = self._plugins[name] = PluginProcess.started(name, self._references[name])
        return plugin

    def _listen(self) -> None:
        """Take in what sessions said, waiting a moment for it."""
        by_connection = {one.connection: one for one in self._plugins.values() if not one.error}
        if not by_connection:
            time.sleep(_POLL_SECONDS)
        for connection in wait(list(by_connection), _POLL_SECONDS):
            plugin = by_connection[connection]  # type: ignore[index]
            said = plugin.heard()
            session = plugin.sessions.get(said.scannable_id) if said else None
            if said and session:
                session.hear(said)
                self._samples.take(session.scope, said.samples)

    def _apply_waiting(self) -> None:
        for plugin in self._plugins.values():
            for scannable_id, session in list(plugin.sessions.items()):
                try:
                    self._apply(session)
                except LeaseLost:
                    self._give_up(plugin, session)
                except DeltaRejected as error:
                    self._refuse(session, f"its report was refused: {error}")
                except StoreUnavailable:
                    raise
                except Exception as error:  # one scannable's report must not end all others'
                    log.exception("a report cannot be applied", scannable=scannable_id)
                    self._refuse(
                        session, f"its report cannot be applied: {described(error)}; see the log"
                    )

    def _refuse(self, session: HostSession, error: str) -> None:
        """Drop what a session said, say why, and let it begin anew after a while."""
        self._report(session.scannable, error)
        session.waiting = session.status = None
        session.is_settled = True
        session.anew_at = time.monotonic() + _REFUSED_SECONDS

    def _apply(self, session: HostSession) -> None:
        if session.waiting is not None:
            self._ingest.apply(session.waiting, session.lease)
            session.waiting = None
        if not session.is_settled and time.monotonic() > session.told_at + self._scan_seconds:
            self._report(
                session.scannable,
                f"its first scan has not ended within {self._scan_seconds:g} s and is still waited "
                "for; see whether the device answers",
            )
            session.is_settled = True
        if session.status is not None:
            is_scanning = session.status.phase is Phase.SCANNING
            # A scan that only begins does not take back what is known: overdue stays failing.
            if not (is_scanning and session.is_settled):
                self._write_status(session.scannable, session.status, session.lease.epoch)
            session.is_settled |= not is_scanning
            session.status = None

    def _leave_to_another(self, scannable: Scannable) -> None:
        """End our session of a scannable whose lease somebody else has by now."""
        for plugin in self._plugins.values():
            session = plugin.sessions.get(scannable.scannable_id)
            if session is not None and session.lease.epoch != scannable.epoch:
                self._give_up(plugin, session)

    def _give_up(self, plugin: PluginProcess, session: HostSession) -> None:
        scannable_id = session.scannable.scannable_id
        log.warning("scannable is another's now", scannable=scannable_id)
        self._failing.pop(scannable_id, None)
        del plugin.sessions[scannable_id]
        plugin.order(Close(scannable_id))

    def _report(self, scannable: Scannable, error: str) -> None:
        """Write that a scannable cannot be scanned, once."""
        self._failing[scannable.scannable_id] = error
        if scannable.status.get("error") != error:
            status = Status(Phase.FAILING, scannable.version, time.time(), error)
            self._write_status(scannable, status, scannable.epoch)

    def _write_status(self, scannable: Scannable, status: Status, epoch: int) -> None:
        """Write how a session goes; when it was last heard stays where this one does not know."""
        if status.error:
            self._failing[scannable.scannable_id] = status.error
        else:
            self._failing.pop(scannable.scannable_id, None)
        said = status.to_json()
        if not status.heard_at:
            said |= {
                name: scannable.status.get(name, 0.0) for name in ("heard_at", "period_seconds")
            }
        self._store.report_status(scannable.scannable_id, said, epoch=epoch)

    def _stop(self) -> None:
        end_all(self._plugins.values())
        for plugin in self._plugins.values():
            for session in plugin.sessions.values():
                # What cannot be given back is taken from us once our beats have stopped.
                with suppress(LeaseLost, StoreUnavailable):
                    self._store.release(session.lease)
