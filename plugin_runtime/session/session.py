"""A session: one plugin at work on one scannable, and what of its report has changed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import structlog
from structlog.typing import FilteringBoundLogger

from plugin_runtime.faults import described, refused_at
from plugin_runtime.hints import did_you_mean
from plugin_runtime.identifier import GlobalId
from plugin_runtime.plugin import StoragePlugin
from plugin_runtime.resource import StorageResource
from plugin_runtime.session.alerts import Waiting
from plugin_runtime.session.report import Report
from plugin_runtime.session.threads import telling
from topology.delta import Delta
from topology.errors import (
    DeclarationError,
    DeviceUnreachable,
    InvalidValue,
    TopologyError,
    UsageError,
)
from topology.statistics import Sample

UNREACHABLE = "unreachable"
"""The id of the alert on a scannable that could not be scanned."""


class Session:
    """One plugin at work on one scannable.

    Its methods are safe from any thread. A delta holds only what differs from the deltas before it,
    compared by value. Scans never overlap each other or the teardown.
    """

    def __init__(
        self,
        plugin_class: type[StoragePlugin[Any]],
        root_class: type[StorageResource],
        settings: Mapping[str, object],
        *,
        clock: Callable[[], float] = time.time,
        log: FilteringBoundLogger | None = None,
    ) -> None:
        """Make the root from `settings`: text is parsed, other values are taken as they are.

        `clock` gives epoch seconds. Raises UsageError for an unknown setting, InvalidValue for a
        bad value, DeclarationError for a root class without a GlobalId.
        """
        if not isinstance(root_class.declaration.identifier, GlobalId):
            raise DeclarationError(
                f"{root_class.__name__} is a scannable without a GlobalId; declare identifier = "
                "GlobalId(...) over what an administrator tells them apart by"
            )
        self._plugin_class = plugin_class
        self._clock = clock
        self.update_period = StoragePlugin.update_period
        """Seconds between update scans; settled by `initial_scan`."""
        name = plugin_class.name or plugin_class.__module__.rpartition(".")[2]
        with self._plugin_code("a declared default"):
            self.root = root_class(**_parsed(root_class, settings))
        self._report = Report(name, self.root, clock)
        self.scope = self._report.scope
        self.root_uid = self.scope.scannable
        self.log: FilteringBoundLogger = (log or structlog.get_logger()).bind(
            plugin=name, scannable=self.root_uid
        )
        self._scanning = threading.Lock()
        self._is_scanned = False
        self._is_entered = False
        self._died_of: BaseException | None = None
        with self._plugin_code("__init__"):
            self._plugin = plugin_class()
        self._plugin.session = self._report
        self._plugin.log = self.log

    @property
    def is_asynchronous(self) -> bool:
        """Its plugin has no update scan, so that only a first scan can act on new settings."""
        return self._plugin_class.update_scan is StoragePlugin.update_scan

    def renewed(self, settings: Mapping[str, object]) -> Session:
        """Return a new session on its scannable with `settings` in place of some; see `Session`."""
        values = {name: one for name, one in self.root.holding.values.items() if one is not None}
        return Session(
            self._plugin_class,
            type(self.root),
            values | _parsed(type(self.root), settings),
            clock=self._clock,
            log=self.log,
        )

    @property
    def found(self) -> int:
        """How many resources it reports by now, also while a scan runs."""
        return len(self._report)

    def initial_scan(self) -> Delta:
        """Run the plugin's first scan and return everything it reported, complete.

        Raises DeviceUnreachable, naming what was raised, where the plugin's own code raises, in
        this thread or in one that it started.
        """
        with self._scanning, self._plugin_code("initial_scan"):
            self._is_entered = True
            with self._scan():
                self._plugin.initial_scan(self.root)
            self.check_threads()
            self.update_period = self._settled_period()
            delta = self._report.taken(is_complete=True)
            self._is_scanned = True
            return delta

    def update_scan(self) -> Delta:
        """Run the plugin's update scan and return what has changed since the last delta.

        Raises DeviceUnreachable as `initial_scan` does; then what has changed stays pending.
        """
        with self._scanning, self._plugin_code("update_scan"):
            self.check_threads()
            with self._scan():
                self._plugin.update_scan(self.root)
            self.check_threads()
            return self._report.taken()

    def pending(self) -> Delta:
        """Return what has changed since the last delta, by assignment or as time passes.

        It is empty while a scan runs, whose report is one delta, before the initial scan is
        through, and while a new resource still lacks a mandatory value. Raises DeviceUnreachable
        where a thread of the plugin has died, or what the plugin declares raises.
        """
        if not self._scanning.acquire(blocking=False):
            return Delta(self.scope)
        try:
            self.check_threads()
            if not self._is_scanned or self._report.is_unfinished:
                return Delta(self.scope)
            with self._plugin_code("get_label or a declared function"):
                return self._report.taken()
        finally:
            self._scanning.release()

    def assign(self, settings: Mapping[str, object]) -> Delta:
        """Give the root new settings at once, all or none, and return what is pending then.

        Raises UsageError for an unknown setting, InvalidValue for a bad value, DeviceUnreachable
        where the plugin's own kind of attribute raises anything else.
        """
        with self._plugin_code("an attribute"):
            self._report.assign_root(_parsed(type(self.root), settings))
        return self.pending()

    def check_threads(self) -> None:
        """Raise DeviceUnreachable, once, where an exception ended a thread of the plugin."""
        error, self._died_of = self._died_of, None
        if error is not None:
            raise DeviceUnreachable(
                f"a thread of {self._plugin_class.__name__} raised {described(error)}"
            ) from error

    def unreachable(self, error: BaseException) -> Delta:
        """Return a delta that says of the root, alone, that `error` kept it from being scanned."""
        text = str(error) if isinstance(error, TopologyError) else described(error)
        return self._report.said_of_root(
            UNREACHABLE, lambda label: text if label in text else f"{label}: {text}"
        )

    def samples(self) -> list[Sample]:
        """Return the samples taken since the last call, oldest first."""
        return self._report.samples()

    def waiting(self) -> list[Waiting]:
        """Return the alert conditions that hold, but not for long enough by now."""
        with self._plugin_code("get_label or a declared function"):
            return self._report.waiting()

    def causes(self) -> Mapping[str, Sequence[str]]:
        """Return by uid what each resource is linked from, in the order given, parents first."""
        return self._report.causes()

    def teardown(self, *, known: str = "") -> str:
        """Let the plugin free what it took, once, if a scan was ever begun. Waits for a scan.

        Returns what the plugin's own teardown raised, "" for nothing; it is logged where it is not
        `known` already.
        """
        with self._scanning:
            if not self._is_entered:
                return ""
            self._is_entered = self._is_scanned = False
            try:
                self._plugin.teardown()
            except Exception as error:  # noqa: BLE001 - nothing a plugin raises may end its host
                said = described(error)
                if said != known:
                    self.log.warning("teardown raised", error=said)
                return said
            return ""

    def _thread_died(self, error: BaseException) -> None:
        """Keep what ended a thread, the first that did; a teardown may well break the others."""
        if self._is_entered and self._died_of is None:
            self._died_of = error

    @contextmanager
    def _scan(self) -> Iterator[None]:
        """Let the plugin scan; log what the scan contradicts itself in, once while it does."""
        before = self._report.contradiction
        with self._report.scan():
            yield
        if (now := self._report.contradiction) and now != before:
            self.log.warning(now)

    def _settled_period(self) -> float:
        period: object = self._plugin.update_period
        if isinstance(period, bool) or not isinstance(period, int | float) or not period > 0:
            raise InvalidValue(
                f"update_period must be a number of seconds above 0, got {period!r}; "
                "assign one in initial_scan"
            )
        return period

    @contextmanager
    def _plugin_code(self, what: str) -> Iterator[None]:
        """Turn whatever the plugin's own code raises into DeviceUnreachable."""
        try:
            with telling(self._thread_died):
                yield
        except InvalidValue as error:
            if not (place := refused_at(error)):
                raise
            raise InvalidValue(f"{error} ({place})") from error
        except TopologyError:
            raise
        except (Exception, SystemExit) as error:
            raise DeviceUnreachable(
                f"{what} of {self._plugin_class.__name__} raised {described(error)}"
            ) from error


def _parsed(cls: type[StorageResource], settings: Mapping[str, object]) -> dict[str, object]:
    """Return the values that `settings` stand for: text is parsed, others are as they are."""
    attributes = cls.declaration.attributes
    values: dict[str, object] = {}
    for name, setting in settings.items():
        if name not in attributes:
            raise UsageError(
                f"{cls.__name__} has no setting {name!r}; {did_you_mean(name, attributes)}"
            )
        if isinstance(setting, str):
            values[name] = attributes[name].said(setting, cls.__name__)
        else:
            values[name] = setting
    return values
