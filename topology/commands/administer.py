"""The commands that change or copy the graph: accept, alias, export and import."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from topology.commands.output import say
from topology.commands.progress import working
from topology.errors import CannotWrite, InvalidFile, TopologyError, UsageError
from topology.exchange.forms import FORMS, exported
from topology.exchange.graph_files import dot, graphml
from topology.exchange.open_psa import open_psa
from topology.exchange.whole_graph import imported
from topology.ingest.ingest import Ingest
from topology.live.live_topology import LiveTopology
from topology.live.view import View
from topology.settings import load_settings
from topology.store import open_store
from topology.store.values import ADMIN

_DRAWN = ("graphml", "dot", "open-psa")


def accept(resource_id: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """Accept that a missing part is gone for good; nothing counts on it any more."""
    with open_store(load_settings()) as store:
        view = LiveTopology(store).refresh()
        uid = view.find(resource_id)
        Ingest(store).accept(uid, store.take_lease(ADMIN, "accept"))
        say(f"{view.name(uid)} is accepted as gone")


def alias(
    resource_id: Annotated[str, typer.Argument(metavar="ID")],
    name: Annotated[
        str, typer.Argument(metavar="[NAME]", help="What to call it; none takes the alias back.")
    ] = "",
) -> None:
    """Call a resource by a name of your own, whatever its plugin calls it."""
    with open_store(load_settings()) as store:
        view = LiveTopology(store).refresh()
        uid = view.find(resource_id)
        Ingest(store).rename(uid, name, store.take_lease(ADMIN, "alias"))
        label = view.resources[uid].merged.label
        say(f"{label} is called {name.strip()}" if name.strip() else f"{label} has no alias")


def export(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="Where to; else to stdout.")
    ] = None,
    *,
    form: Annotated[
        str, typer.Option("--format", help=f"What to write: {', '.join((*FORMS, *_DRAWN))}.")
    ] = "json",
    of: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Only what this resource depends on, and itself."),
    ] = None,
) -> None:
    """Write the whole graph as one file, which import reads; or a picture of it, or a fault tree.

    import reads json, jsonl and node-link. graphml and dot are for drawing, with the states of now;
    open-psa is the fault tree of one resource, of what has not failed yet.
    """
    with open_store(load_settings()) as store, working("reading the graph") as tell:
        if form in FORMS and of is None:
            _write(exported(store, form, tell=tell), file)
        elif form in _DRAWN:
            _write([_drawn(LiveTopology(store).refresh(), form, of)], file)
        elif form in FORMS:
            raise UsageError(
                f"{form} holds the whole graph; leave --of out, or write one of {', '.join(_DRAWN)}"
            )
        else:
            known = ", ".join((*FORMS, *_DRAWN))
            raise UsageError(f"there is no format {form!r}; write one of {known}")


def _write(text: Iterable[str], file: Path | None) -> None:
    """Write `text` to `file`, or to standard output."""
    pieces = iter(text)
    first = next(pieces, "")  # before the file is touched: until then the store is read
    if file is None:
        sys.stdout.writelines(chain([first], pieces))
        return
    try:
        file.touch(mode=0o600)  # settings of scannables may hold secrets
        with file.open("w", encoding="utf-8") as written:
            written.writelines(chain([first], pieces))
    except OSError as error:
        if isinstance(error, TopologyError):
            raise
        raise CannotWrite(
            f"cannot write {str(file)!r} ({error.strerror}); name another file"
        ) from None


def _drawn(view: View, form: str, of: str | None) -> str:
    if form == "open-psa":
        if of is None:
            raise UsageError("a fault tree is of one resource; name it, as in --of scratch")
        return open_psa(view, view.find(of))
    uids = view.resources if of is None else view.design.order.upstream_of([view.find(of)])
    return (dot if form == "dot" else graphml)(view, uids)


def import_(file: Annotated[Path, typer.Argument(metavar="FILE")]) -> None:
    """Fill an empty store from a document that export wrote."""
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise InvalidFile(f"cannot read {str(file)!r} ({error.strerror}); name an export") from None
    except UnicodeDecodeError:
        raise InvalidFile(f"{str(file)!r} is not UTF-8 text; name an export") from None
    with open_store(load_settings()) as store, working(f"importing {str(file)!r}") as tell:
        count = imported(store, text, str(file), tell=tell)
    say(f"{count:,} resources imported")
