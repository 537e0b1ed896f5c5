"""`topology plugin`: write, check and run a plugin, without a store."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from contextlib import redirect_stdout
from pathlib import Path
from typing import Annotated, TypedDict

import typer

from plugin_runtime.commands.development import Printer, Rehearsal
from plugin_runtime.loading.discovery import plugin_references
from plugin_runtime.loading.loader import Examined, LoadedPlugin, advice_on, examined, load_listed
from plugin_runtime.starter import write_plugin
from topology.commands.output import (
    AsJson,
    name_and_value,
    plain,
    print_json,
    print_table,
    say,
)
from topology.errors import DeclarationError, TopologyError
from topology.settings import load_settings


class _Listed(TypedDict):
    """A plugin that is there."""

    plugin: str
    scannable: list[str]
    error: str
    """Empty where it can be loaded."""
    warnings: list[str]
    """What is right but probably not meant."""


app = typer.Typer(help="Write, check and run a plugin.", no_args_is_help=True)

Plugin = Annotated[
    str, typer.Argument(metavar="PATH", help="A file, a package's folder, a module or a name.")
]


@app.command()
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Such as kestrel or my_array.")],
    *,
    folder: Annotated[
        Path, typer.Option("--in", metavar="FOLDER", help="Where to write it.")
    ] = Path(),
    is_asynchronous: Annotated[
        bool, typer.Option("--async", help="One that listens to its device instead of asking.")
    ] = False,
) -> None:
    """Write a plugin that runs, and its test: a place to begin."""
    plugin, test = write_plugin(name, folder, is_asynchronous=is_asynchronous)
    print(f"{plugin}\n{test}")
    say(
        f"next: `topology plugin run {plugin} --set address=array1 --once`, `pytest {test}`; "
        "then put your device's client in the place of the one that is in there"
    )


@app.command()
def check(path: Plugin, *, as_json: AsJson = False) -> None:
    """Find everything that is wrong with a plugin's declarations at once; contact nothing."""
    references = _references()
    with redirect_stdout(sys.stderr):  # what a plugin prints is none of our data
        result = examined(references.get(path, path), references.values())
    if as_json:
        print_json(_checked_json(result))
    if result.plugin is None:
        if as_json:
            raise typer.Exit(DeclarationError.exit_code)
        count = len(result.mistakes)
        raise DeclarationError(
            "\n  ".join(
                [
                    f"plugin {result.name!r} has {count} mistake{'s' if count > 1 else ''}:",
                    *map(str, result.mistakes),
                ]
            )
        )
    if not as_json:
        roots = ", ".join(one.__name__ for one in result.plugin.root_classes)
        classes = ", ".join(one.__name__ for one in result.plugin.resource_classes)
        print(f"plugin {result.name!r} declares {classes}; scannable: {roots}")
        for one in result.advice:
            say(f"warning: {one}")


@app.command(name="list")
def list_(*, as_json: AsJson = False) -> None:
    """List the plugins there are, what each can scan, and what keeps one from being loaded."""
    references = _references()
    with redirect_stdout(sys.stderr):  # what a plugin prints is none of our data
        loaded = {name: _loaded(name, reference) for name, reference in references.items()}
        plugins = [one for one in loaded.values() if isinstance(one, LoadedPlugin)]
        listed = [_listed(name, one, plugins) for name, one in loaded.items()]
    if as_json:
        print_json(listed)
        return
    print_table(
        ["Plugin", "Scannable", "Error"],
        [
            (plain(one["plugin"]), plain(", ".join(one["scannable"])), plain(one["error"]))
            for one in listed
        ],
    )
    for one in listed:
        for text in one["warnings"]:
            say(f"warning: plugin {one['plugin']!r}: {text}")


@app.command()
def run(
    path: Plugin,
    *,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="An attribute of the scannable."),
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Scan once, then end.")] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Load the plugin again whenever it is saved.")
    ] = False,
    as_json: AsJson = False,
    root: Annotated[
        str | None,
        typer.Option(metavar="CLASS", help="What to scan, where there are several classes."),
    ] = None,
) -> None:
    """Scan with a plugin, without a store, and print what it reports; then what changes."""
    references = _references()
    rehearsal = Rehearsal(
        references.get(path, path),
        root,
        parse_settings(settings or ()),
        Printer(as_json=as_json, as_stream=watch or not once),
        once=once,
        others=references.values(),
    )
    if watch:
        rehearsal.run_and_reload()
    else:
        rehearsal.run()


def _references() -> Mapping[str, str]:
    return plugin_references(load_settings().plugin_dir)


def _checked_json(result: Examined) -> dict[str, object]:
    plugin = result.plugin
    return {
        "plugin": result.name,
        "scannable": [one.__name__ for one in plugin.root_classes] if plugin else [],
        "classes": [one.__name__ for one in plugin.resource_classes] if plugin else [],
        "mistakes": [
            {"file": one.file, "line": one.line or None, "text": one.text}
            for one in result.mistakes
        ],
        "warnings": list(result.advice),
    }


def _loaded(name: str, reference: str) -> LoadedPlugin | TopologyError:
    try:
        return load_listed(name, reference)
    except TopologyError as error:
        return error


def _listed(
    name: str, loaded: LoadedPlugin | TopologyError, plugins: Iterable[LoadedPlugin]
) -> _Listed:
    if isinstance(loaded, TopologyError):
        return {"plugin": name, "scannable": [], "error": str(loaded), "warnings": []}
    return {
        "plugin": name,
        "scannable": [one.__name__ for one in loaded.root_classes],
        "error": "",
        "warnings": list(advice_on(loaded, plugins)),
    }


def parse_settings(arguments: Iterable[str]) -> dict[str, object]:
    """Return the settings that NAME=VALUE arguments say. Raises UsageError for any other."""
    return dict(map(name_and_value, arguments))
