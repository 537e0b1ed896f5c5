"""`topology scannable`: what an administrator asks to be scanned, and with which settings."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Annotated

import typer

from plugin_runtime.commands.passwords import all_told, told
from plugin_runtime.commands.plugin import parse_settings
from plugin_runtime.hints import did_you_mean
from plugin_runtime.loading.discovery import plugin_references
from plugin_runtime.loading.loader import LoadedPlugin, load_listed
from plugin_runtime.session.session import Session
from topology.answers.making import scannable_body
from topology.answers.timestamps import rfc3339
from topology.commands.output import AsJson, json_of, plain, print_json, print_table, say
from topology.delta import Delta
from topology.errors import InvalidValue, ResourceNotFound, TopologyError, UsageError
from topology.ingest.ingest import Ingest
from topology.masked import masked
from topology.model import Scope
from topology.settings import load_settings
from topology.site_key import SiteKey
from topology.store import open_store
from topology.store.graph_store import GraphStore
from topology.store.holder import SILENT_SECONDS, Holder, holder_name
from topology.store.values import Phase, Scannable

_TAKES_EFFECT_SECONDS = 15.0

app = typer.Typer(help="Add, change, list and remove what is scanned.", no_args_is_help=True)

SettingArguments = Annotated[
    list[str] | None,
    typer.Argument(metavar="[NAME=VALUE]...", help="An attribute of the class and its value."),
]
ScannableId = Annotated[
    str, typer.Argument(metavar="ID", help="Its id, or its class where only one has it.")
]


@app.command()
def add(
    class_name: Annotated[str, typer.Argument(metavar="CLASS", help="A scannable class.")],
    settings: SettingArguments = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Add a scannable; a running runtime scans it at once.

    A password need not stand on the command line: NAME=@FILE takes a file's first line, NAME=- the
    next line of standard input. At a terminal it is asked for, also where it is left out.
    """
    plugin = _plugin_with(class_name)
    values = all_told(parse_settings(settings or ()), plugin.root_class(class_name))
    scannable_id = _session(plugin, class_name, values).root_uid
    kept = _kept(plugin, class_name, values)
    with open_store(load_settings()) as store:
        if any(one.scannable_id == scannable_id for one in store.scannables()):
            raise UsageError(
                f"{class_name} {scannable_id} is already there; "
                f"`topology scannable set {scannable_id} NAME=VALUE` changes it"
            )
        store.add_scannable(scannable_id, plugin=plugin.name, class_name=class_name, settings=kept)
    if as_json:
        print_json({"id": scannable_id, "class": class_name, "settings": masked(kept)})
    else:
        print(scannable_id)


@app.command(name="set")
def set_(
    scannable_id: ScannableId, settings: SettingArguments = None, *, as_json: AsJson = False
) -> None:
    """Change settings; they reach the running session at once and trigger a scan.

    A password is told by NAME=@FILE or NAME=- too, as for `add`.
    """
    values = parse_settings(settings or ())
    if not values:
        raise UsageError("nothing to set; write NAME=VALUE, for example failed=disk7")
    with open_store(load_settings()) as store:
        scannable = _named(store, scannable_id)
        merged = _checked(store, scannable, values)
        version = store.set_settings(scannable.scannable_id, merged)
        scannable, is_taken = _taken(store, scannable.scannable_id, version)
        classes = store.classes()
    if as_json:
        print_json(json_of(scannable_body(scannable, classes)))
    error = str(scannable.status.get("error", ""))
    if is_taken and error:
        said = error.rstrip(".")
        raise UsageError(f"{said}; the settings are kept, and scans go on failing until that ends")
    if not is_taken and scannable.holder:
        say("its runtime has not scanned with it yet; it takes effect when that scan ends")
    elif not is_taken:
        say("no runtime has taken it yet; it takes effect when one scans")


@app.command(name="list")
def list_(*, as_json: AsJson = False) -> None:
    """List what is scanned and how that goes."""
    with open_store(load_settings()) as store:
        classes = store.classes()
        scannables = store.scannables()
    listed = [scannable_body(one, classes) for one in scannables]
    if as_json:
        print_json([json_of(one) for one in listed])
        return
    now = time.time()
    print_table(
        ["Id", "Class", "Settings", "Scan", "At", "Error"],
        [
            (
                plain(one.id),
                plain(one.class_name),
                plain(" ".join(f"{name}={value}" for name, value in one.settings.items())),
                plain(_scan_words(scannable, now)),
                _time(one.status),
                plain(one.status.get("error", "")),
            )
            for one, scannable in zip(listed, scannables, strict=True)
        ],
    )


@app.command()
def remove(scannable_id: ScannableId) -> None:
    """Remove a scannable and all that it alone reported."""
    with open_store(load_settings()) as store:
        scannable = _named(store, scannable_id)
        scope = Scope(scannable.plugin, scannable.scannable_id)
        # Taking the lease first makes the running session's late reports refused; beats keep it.
        with Holder(store, f"administrator on {holder_name()}") as holder:
            lease = store.take_lease(scannable.scannable_id, holder.name)
            Ingest(store).apply(Delta(scope, is_complete=True, is_final=True), lease)
            store.remove_scannable(scannable.scannable_id)
    say(f"{scannable.scannable_id} is removed, and all that it alone reported")


def _plugin_with(class_name: str) -> LoadedPlugin:
    """Return the installed plugin that has this scannable class."""
    known: list[str] = []
    for name, reference in plugin_references(load_settings().plugin_dir).items():
        try:
            plugin = load_listed(name, reference)
        except TopologyError as error:
            say(f"passed over: {error}")
            continue
        names = [one.__name__ for one in plugin.root_classes]
        if class_name in names:
            return plugin
        known += names
    folder = load_settings().plugin_dir
    where = "" if folder else "; no TOPOLOGY_PLUGIN_DIR is set, where plugins of one's own may lie"
    raise UsageError(
        f"no installed plugin has a scannable class {class_name!r}; "
        f"{did_you_mean(class_name, sorted(known), 'known')}{where}"
    )


def _session(plugin: LoadedPlugin, class_name: str, values: Mapping[str, object]) -> Session:
    """Return a session with these settings. Raises UsageError where the class refuses them."""
    try:
        return Session(plugin.plugin_class, plugin.root_class(class_name), values)
    except InvalidValue as error:
        raise UsageError(str(error)) from None


def _kept(plugin: LoadedPlugin, class_name: str, values: Mapping[str, object]) -> dict[str, object]:
    """Return settings as the store keeps them: passwords encrypted."""
    declared = plugin.root_class(class_name).declaration.resource_class(plugin.name)
    return SiteKey.of(load_settings()).sealed(values, declared.secret_names)


def _checked(
    store: GraphStore, scannable: Scannable, changed: Mapping[str, object]
) -> dict[str, object]:
    """Return the scannable's settings, as the store keeps them, with those that change.

    Raises UsageError where the class refuses them, or they would make another scannable.
    """
    settings = load_settings()
    references, site_key = plugin_references(settings.plugin_dir), SiteKey.of(settings)
    if scannable.plugin not in references:  # the runtime that has the plugin checks them
        declared = store.classes().get(scannable.class_name)
        if declared is None:
            raise UsageError(
                f"plugin {scannable.plugin!r} is not installed on this machine, and no runtime has "
                f"scanned a {scannable.class_name} yet; set it on the machine that has the plugin"
            )
        changed = told(changed, declared.secret_names)
        return {**scannable.settings, **site_key.sealed(changed, declared.secret_names)}
    plugin = load_listed(scannable.plugin, references[scannable.plugin])
    declared = plugin.root_class(scannable.class_name).declaration.resource_class(plugin.name)
    changed = told(changed, declared.secret_names)
    merged = {**scannable.settings, **site_key.sealed(changed, declared.secret_names)}
    values = site_key.opened(merged)
    if _session(plugin, scannable.class_name, values).root_uid != scannable.scannable_id:
        raise UsageError(
            f"these settings would make {scannable.scannable_id} another scannable; "
            "remove it and add the other instead"
        )
    return merged


def _named(store: GraphStore, text: str) -> Scannable:
    scannables = store.scannables()
    for match in (
        [one for one in scannables if one.scannable_id == text],
        [one for one in scannables if text in (one.class_name, one.plugin)],
    ):
        if len(match) == 1:
            return match[0]
    known = ", ".join(f"{one.scannable_id} ({one.class_name})" for one in scannables)
    raise ResourceNotFound(f"{text!r} is not one scannable; there are: {known or 'none, add one'}")


def _taken(store: GraphStore, scannable_id: str, version: int) -> tuple[Scannable, bool]:
    """Wait until a session has scanned with these settings, where a runtime is alive."""
    deadline = time.monotonic() + _TAKES_EFFECT_SECONDS
    while True:
        scannable = next(one for one in store.scannables() if one.scannable_id == scannable_id)
        status = scannable.status
        is_taken = status.get("version") == version and status.get("phase") != Phase.SCANNING
        is_alive = time.time() - scannable.beat < SILENT_SECONDS
        if is_taken or not is_alive or time.monotonic() > deadline:
            return scannable, is_taken
        time.sleep(0.1)


def _scan_words(scannable: Scannable, now: float) -> str:
    """Return how its scans go, and that it is stale where what it reported is UNKNOWN by that."""
    phase = str(scannable.status.get("phase", "waiting for a runtime"))
    if not scannable.is_silent(now):
        return phase
    return "stale" if phase == Phase.OK else f"{phase}, stale"


def _time(status: Mapping[str, object]) -> str:
    at = status.get("at")
    return rfc3339(at) if isinstance(at, float) else ""
