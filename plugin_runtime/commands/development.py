"""A plugin at work for its author: scanned without a store, and loaded again when it is saved."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout

import structlog

from plugin_runtime.commands.passwords import all_told
from plugin_runtime.commands.preview import (
    NOTHING,
    Report,
    difference_json,
    print_difference,
    print_report,
    report_json,
)
from plugin_runtime.faults import standing_of
from plugin_runtime.loading.discovery import found
from plugin_runtime.loading.loader import advice_on, load_plugin, loadable
from plugin_runtime.loading.structure import advice_on_root
from plugin_runtime.session.alerts import Waiting
from plugin_runtime.session.session import Session
from topology.commands.output import print_json, say
from topology.commands.progress import working
from topology.delta import Changes, Delta
from topology.errors import DeltaRejected, TopologyError
from topology.graph.replica import Replica
from topology.impact import judge
from topology.ingest.reconcile import reconcile
from topology.live.layout import layout_of
from topology.model import Resource, Scope
from topology.statistics import Sample

_NOTICE_SECONDS = 0.5
"""How soon what a plugin's own thread reports is printed, and what is saved is noticed."""

_PATIENCE_SECONDS = 10.0
RETRY_SECONDS = 3.0
"""How long after a failure a new session begins."""


class Printer:
    """Prints the first report in full and later ones as their difference.

    It prints where standard output was when it was made, wherever that has been led since.
    """

    def __init__(self, *, as_json: bool, as_stream: bool) -> None:
        self.warnings: list[str] = []
        """Printed with the first report."""
        self._stdout = sys.stdout
        self._replica = Replica()
        self._scope: Scope | None = None
        self._hidden: set[str] = set()
        self._last = NOTHING
        self.as_json = as_json
        """It prints for a program, which wants nothing told beside it."""
        self._as_stream = as_stream

    def show(self, delta: Delta, session: Session, waiting: Sequence[Waiting] = ()) -> None:
        """Print what `delta`, new samples and `waiting` change; a first report whole."""
        try:
            self._show(delta, session, waiting)
        except DeltaRejected:
            if self._scope is None or not delta.is_complete:
                raise
            self._scope = None  # classes of one name have become others: begin anew
            self._show(delta, session, waiting)

    def _show(self, delta: Delta, session: Session, waiting: Sequence[Waiting]) -> None:
        is_first = delta.scope != self._scope
        if is_first:
            self._replica, self._last = Replica(), NOTHING
        changes = reconcile(self._replica, delta, at=time.time())
        self._replica.commit(changes, self._replica.revision + 1)
        self._scope = delta.scope
        self._hidden |= {
            one.name for cls in delta.classes for one in cls.attributes if one.is_hidden
        }
        if is_first:
            self.warnings += _size_warnings(self._replica.resources.values())
        samples = session.samples()
        if is_first or changes.changes or samples or waiting:
            before, self._last = self._last, self._report(session, samples, waiting)
            is_sampled = self._last.statistics != before.statistics
            if is_first or changes.changes or is_sampled or waiting:
                with redirect_stdout(self._stdout):
                    self._print(changes, before, is_first=is_first)

    def _report(
        self, session: Session, samples: Iterable[Sample], waiting: Sequence[Waiting]
    ) -> Report:
        resources = dict(self._replica.resources)
        statistics = {
            uid: dict(values) for uid, values in self._last.statistics.items() if uid in resources
        }
        for one in samples:
            if one.uid in resources:
                statistics.setdefault(one.uid, {})[one.statistic] = one.value
        return Report(
            resources=resources,
            states=judge(layout_of(resources)).states,
            causes=session.causes(),
            statistics=statistics,
            waiting=waiting,
            hidden=frozenset(self._hidden),
        )

    def _print(self, changes: Changes, before: Report, *, is_first: bool) -> None:
        if self.as_json:
            self._print_json(changes, before, is_first=is_first)
        elif is_first:
            print_report(self._last)
            for warning in self.warnings:
                say(f"warning: {warning}")
        else:
            print_difference(changes, before, self._last)

    def _print_json(self, changes: Changes, before: Report, *, is_first: bool) -> None:
        whole = report_json(self._last, self.warnings)
        answer = whole if is_first else difference_json(changes, before, self._last)
        if self._as_stream:
            print(json.dumps(answer, ensure_ascii=False), flush=True)
        else:
            print_json(answer)


class Rehearsal:
    """Scans with a plugin and prints what it reports."""

    def __init__(
        self,
        reference: str,
        root_class: str | None,
        settings: Mapping[str, object],
        printer: Printer,
        *,
        once: bool,
        others: Collection[str] = (),
        patience_seconds: float = _PATIENCE_SECONDS,
    ) -> None:
        """`others` are references to plugins whose classes this one's should not be named as.

        A scan that takes longer than `patience_seconds` is told of.
        """
        self._source = found(reference)
        self._reference = reference
        self._root_class = root_class
        self._settings = settings
        self._values: Mapping[str, object] | None = None
        """The settings with their passwords; asked for once, however often it is loaded."""
        self._printer = printer
        self._once = once
        self._others = others
        self._patience_seconds = patience_seconds
        self._is_shown = False
        """A first scan has succeeded since the plugin was loaded."""
        self._failure = ""
        """Why the last scan failed, where it did."""

    def run(self) -> None:
        """Scan, and again every update period, until interrupted; only once where that is asked.

        Raises whatever is wrong with the plugin or its first scan.
        """
        self._scan(lambda: False)

    def run_and_reload(self) -> None:
        """Run until interrupted. Load the plugin again when it is saved; print what is wrong."""
        while True:
            is_saved = self._saving()
            try:
                self._scan(is_saved)
            except TopologyError as error:
                say(f"topology: {error}")
            while not is_saved():
                time.sleep(_NOTICE_SECONDS)
            say("saved: loading it again")

    def _saving(self) -> Callable[[], bool]:
        """Return what tells whether the source has been saved since now."""
        before = self._source.saved()
        return lambda: self._source.saved() != before

    def _scan(self, is_over: Callable[[], bool]) -> None:
        """Scan until it `is_over`, with a new session after each failure, as the service does.

        Raises whatever is wrong until a first scan has succeeded.
        """
        with redirect_stdout(sys.stderr):
            new_session = self._loaded()
            self._is_shown, self._failure = False, ""
            while not self._scan_with(new_session(), is_over):
                time.sleep(RETRY_SECONDS)

    def _loaded(self) -> Callable[[], Session]:
        """Load the plugin; return what makes a session of it."""
        plugin = load_plugin(self._reference, anew=True)
        root_class = plugin.root_class(self._root_class)
        told = [*advice_on_root(root_class), *advice_on(plugin, loadable(self._others))]
        self._printer.warnings = list(dict.fromkeys(told))
        log = structlog.wrap_logger(structlog.PrintLogger(sys.stderr))
        if self._values is None:
            self._values = all_told(self._settings, root_class, option="--set ")
        values = self._values
        return lambda: Session(plugin.plugin_class, root_class, values, log=log)

    def _scan_with(self, session: Session, is_over: Callable[[], bool]) -> bool:
        """Scan with a session until it `is_over`; return False where it fails before that."""
        try:
            self._show(session, session.initial_scan)
            while not self._once and not is_over():
                self._scan_again(session, is_over)
        except TopologyError as error:
            if not self._is_shown:
                raise
            if str(error) != self._failure:  # told once, however often it is tried
                self._failure = str(error)
                self._printer.show(session.unreachable(error), session)
            return is_over()
        finally:
            session.teardown()
        return True

    def _scan_again(self, session: Session, is_over: Callable[[], bool]) -> None:
        """Show what threads report until the next scan is due, then that."""
        due = time.monotonic() + session.update_period
        while (left := due - time.monotonic()) > 0:
            time.sleep(min(left, _NOTICE_SECONDS))
            if is_over():
                return
            self._printer.show(session.pending(), session)
        self._show(session, session.update_scan)

    def _show(self, session: Session, scan: Callable[[], Delta]) -> None:
        """Scan, and show what that found."""
        is_first = not self._is_shown
        with (
            working("first scan", is_silent=self._printer.as_json or not is_first),
            _told_where_it_stands(self._patience_seconds),
        ):
            delta = scan()
        self._is_shown, self._failure = True, ""
        self._printer.show(delta, session, session.waiting())


@contextmanager
def _told_where_it_stands(patience_seconds: float) -> Iterator[None]:
    """Say of a scan that takes long where it is, ever less often."""
    scanning, ended = threading.get_ident(), threading.Event()

    def tell() -> None:
        begun, pause = time.monotonic(), patience_seconds
        while not ended.wait(pause):
            pause = time.monotonic() - begun
            place = standing_of(scanning)
            say(f"the scan has gone on for {pause:.0f} s{f', now in {place}' if place else ''}")

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield
    finally:
        ended.set()
        teller.join()


def _size_warnings(resources: Iterable[Resource]) -> Iterator[str]:
    for one in resources:
        for group in one.merged.groups:
            inputs = sum(group.name in link.groups for link in one.inputs)
            if group.size is None or inputs == group.size:
                continue
            means = "those missing count as failed" if inputs < group.size else "check its size"
            yield (
                f"{one.name}: group {group.name!r} has {inputs or 'no'} members, "
                f"{group.size} expected; {means}"
            )
