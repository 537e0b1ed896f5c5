"""`topology plugin`: run and check a plugin while it is written, without a store."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import redirect_stdout
from typing import Annotated, TypedDict

import structlog
import typer

from plugin_runtime.loader import load_plugin, plugin_references
from plugin_runtime.preview import (
    difference_json,
    print_difference,
    print_report,
    report_json,
)
from plugin_runtime.resource import StorageResource
from plugin_runtime.session import Session
from topology.commands.output import (
    AsJson,
    name_and_value,
    plain,
    print_json,
    print_table,
    say,
)
from topology.delta import Changes, Delta
from topology.errors import TopologyError
from topology.model import Resource
from topology.reconcile import reconcile
from topology.replica import Replica

_NOTICE_SECONDS = 1.0  # how soon what a plugin's own thread reports is printed


class _Listed(TypedDict):
    """An installed plugin."""

    plugin: str
    scannable: list[str]
    error: str
    """Empty where it can be loaded."""


app = typer.Typer(help="Run and check a plugin while it is written.", no_args_is_help=True)

Plugin = Annotated[
    str, typer.Argument(metavar="PATH", help="A file, a package's folder, a module or a name.")
]


@app.command()
def check(path: Plugin, *, as_json: AsJson = False) -> None:
    """Find every wrong declaration of a plugin at once."""
    with redirect_stdout(sys.stderr):  # what a plugin prints is none of our data
        plugin = load_plugin(path)
    roots = [one.__name__ for one in plugin.root_classes]
    classes = [one.__name__ for one in plugin.resource_classes]
    if as_json:
        print_json({"plugin": plugin.name, "scannable": roots, "classes": classes})
        return
    print(f"plugin {plugin.name!r} declares {', '.join(classes)}; scannable: {', '.join(roots)}")
    for cls in plugin.resource_classes:
        if cls.declaration.identifier is None and not cls.__subclasses__():
            say(f"warning: {cls.__name__} has no identifier, so it cannot be reported")


@app.command(name="list")
def list_(*, as_json: AsJson = False) -> None:
    """List the installed plugins, what each can scan, and what keeps one from being loaded."""
    found = [_listed(name, reference) for name, reference in plugin_references().items()]
    if as_json:
        print_json(found)
        return
    print_table(
        ["Plugin", "Scannable", "Error"],
        [
            (plain(one["plugin"]), plain(", ".join(one["scannable"])), plain(one["error"]))
            for one in found
        ],
    )


@app.command()
def run(
    path: Plugin,
    *,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="An attribute of the scannable."),
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Scan once, then end.")] = False,
    as_json: AsJson = False,
    root: Annotated[
        str | None,
        typer.Option(metavar="CLASS", help="What to scan, where there are several classes."),
    ] = None,
) -> None:
    """Scan with a plugin, without a store, and print what it reports; then what changes."""
    printer = _Printer(as_json=as_json, as_stream=not once)
    with redirect_stdout(sys.stderr):  # what a plugin prints or logs is none of our data
        plugin = load_plugin(path)
        root_class = plugin.root_class(root)
        printer.warnings += _warnings(root_class)
        log = structlog.wrap_logger(structlog.PrintLogger(sys.stderr))
        session = Session(plugin.plugin_class, root_class, parse_settings(settings or ()), log=log)
        try:
            printer.show(session.initial_scan())
            while not once:
                _scan_again(session, printer)
        finally:
            session.teardown()


class _Printer:
    """Prints the first report in full and later ones as their difference.

    It prints where standard output was when it was made, wherever that has been led since.
    """

    def __init__(self, *, as_json: bool, as_stream: bool) -> None:
        self.warnings: list[str] = []
        """Printed with the first report."""
        self._stdout = sys.stdout
        self._replica = Replica()
        self._as_json = as_json
        self._as_stream = as_stream

    def show(self, delta: Delta) -> None:
        """Print what `delta` changes; nothing where it changes nothing."""
        is_first = not self._replica.revision
        changes = reconcile(self._replica, delta, at=time.time())
        self._replica.commit(changes, self._replica.revision + 1)
        if is_first:
            self.warnings += _size_warnings(self._replica.resources.values())
        if is_first or changes.changes:
            with redirect_stdout(self._stdout):
                self._print(changes, is_first=is_first)

    def _print(self, changes: Changes, *, is_first: bool) -> None:
        resources = self._replica.resources
        if self._as_json:
            whole = report_json(resources.values(), self.warnings)
            answer = whole if is_first else difference_json(changes)
            if self._as_stream:
                print(json.dumps(answer, ensure_ascii=False), flush=True)
            else:
                print_json(answer)
        elif is_first:
            print_report(resources)
            for warning in self.warnings:
                say(f"warning: {warning}")
        else:
            print_difference(changes, resources)


def _scan_again(session: Session, printer: _Printer) -> None:
    """Show what threads report until the next scan is due, then that; say when it fails."""
    due = time.monotonic() + session.update_period
    while (left := due - time.monotonic()) > 0:
        time.sleep(min(left, _NOTICE_SECONDS))
        _shown(session.pending, session, printer)
    _shown(session.update_scan, session, printer)


def _shown(report: Callable[[], Delta], session: Session, printer: _Printer) -> None:
    try:
        delta = report()
    except TopologyError as error:
        say(f"topology: {error}")
        delta = session.unreachable(error)
    if not delta.is_empty:
        printer.show(delta)


def _warnings(root_class: type[StorageResource]) -> list[str]:
    if root_class.declaration.is_scannable:
        return []
    return [
        f"{root_class.__name__} is scanned but derives from StorageResource alone; "
        "derive it from ScannableStorageResource, so that it can be added"
    ]


def _size_warnings(resources: Iterable[Resource]) -> Iterator[str]:
    for one in resources:
        for group in one.merged.groups:
            inputs = sum(group.name in link.groups for link in one.inputs)
            if group.size is not None and inputs > group.size:
                yield (
                    f"{one.name} has {inputs} inputs of group {group.name!r}, "
                    f"whose size is {group.size}"
                )


def _listed(name: str, reference: str) -> _Listed:
    try:
        plugin = load_plugin(reference)
    except TopologyError as error:
        return {"plugin": name, "scannable": [], "error": str(error)}
    return {
        "plugin": name,
        "scannable": [one.__name__ for one in plugin.root_classes],
        "error": "",
    }


def parse_settings(arguments: Iterable[str]) -> dict[str, object]:
    """Return the settings that NAME=VALUE arguments say. Raises UsageError for any other."""
    return dict(map(name_and_value, arguments))
