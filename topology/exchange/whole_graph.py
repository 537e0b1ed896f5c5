"""A whole graph as text, from any engine to any other.

What travels is resources with every claim and link, their classes, and the scannables with their
settings; not the journal, nor the leases, which belong to one store. Equal graphs give equal bytes.
Three forms hold all of it and are read back: one JSON document, JSON lines, and the node-link JSON
that networkx and others read, whose nodes carry their resource whole.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from topology.delta import Change, Changes
from topology.errors import InvalidFile, UsageError
from topology.exchange.forms import CLASS, FORMAT
from topology.json_form import Json, resource_from_json
from topology.model import Resource
from topology.schema import ResourceClass
from topology.store.graph_store import GraphStore
from topology.store.values import ADMIN, Scannable


@dataclass(frozen=True, slots=True)
class WholeGraph:
    """All that travels."""

    resources: Mapping[str, Resource]
    """By uid."""
    classes: tuple[ResourceClass, ...] = ()
    scannables: tuple[Scannable, ...] = ()


def imported(
    store: GraphStore, text: str, name: str, *, tell: Callable[[str], None] = lambda _: None
) -> int:
    """Make an empty `store` hold the graph that `exported` wrote; return how many resources.

    `name` is what messages call the text; `tell` hears what is done. Raises InvalidFile
    where it is in none of the `FORMS`, UsageError where the store is not empty; then nothing has
    changed.
    """
    graph = graph_from(text, name)
    refuse_full(store)
    tell(f"writing {len(graph.resources):,} resources")
    changes = Changes(
        base=store.revision(),
        at=time.time(),
        changes=tuple(Change(one.uid, None, one) for one in graph.resources.values()),
        classes=graph.classes,
    )
    if graph.resources:
        store.commit(changes, store.take_lease(ADMIN, "import"))
    # Last, so that a graph the store refuses leaves it empty, and no runtime reports before it.
    for one in graph.scannables:
        store.add_scannable(
            one.scannable_id,
            plugin=one.plugin,
            class_name=one.class_name,
            settings=one.settings,
        )
    return len(graph.resources)


def refuse_full(store: GraphStore) -> None:
    """Raise UsageError where `store` holds anything."""
    count = len(store.read()[1]) + len(store.scannables())
    if count:
        raise UsageError(
            f"the store at {store.address} is not empty ({count} resources and scannables); "
            "fill a new one"
        )


def graph_from(text: str, name: str) -> WholeGraph:
    """Return the graph that a text in one of the `FORMS` holds. Raises InvalidFile."""
    document = _document(text, name)
    try:
        return WholeGraph(
            resources={
                uid: resource_from_json(uid, form) for uid, form in document["resources"].items()
            },
            classes=tuple(CLASS.validate_python(one) for one in document["classes"]),
            scannables=tuple(
                Scannable(one["id"], one["plugin"], one["class"], dict(one["settings"]))
                for one in document["scannables"]
            ),
        )
    except (KeyError, TypeError, ValueError, ValidationError, AttributeError) as error:
        raise InvalidFile(
            f"{name} is no whole export ({type(error).__name__}: {error}); export it again"
        ) from None


def _document(text: str, name: str) -> Mapping[str, Any]:
    first, _, rest = text.partition("\n")
    try:
        head = json.loads(first)
    except ValueError:
        head = None
    is_lines = isinstance(head, dict) and isinstance(head.get("resources"), int)
    try:
        found = _from_lines(head, rest) if is_lines else json.loads(text)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InvalidFile(f"{name} is not JSON ({error}); give a file that export wrote") from None
    if isinstance(found, dict) and isinstance(found.get("graph"), dict) and "nodes" in found:
        found = _from_node_link(found)
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise InvalidFile(f"{name} does not say format {FORMAT!r}; give a file that export wrote")
    return found


def _from_lines(head: Json, rest: str) -> Json:
    found: Json = {"format": head.get("format"), "classes": [], "scannables": [], "resources": {}}
    for line in filter(str.strip, rest.split("\n")):
        one = json.loads(line)
        if "uid" in one:
            found["resources"][one["uid"]] = one["resource"]
        else:
            ((kind, said),) = one.items()
            found[kind].append(said)
    if len(found["resources"]) != head.get("resources"):
        raise ValueError(
            f"{head.get('resources')} resources are announced, {len(found['resources'])} follow"
        )
    return found


def _from_node_link(document: Json) -> Json:
    return {**document["graph"], "resources": {n["id"]: n["resource"] for n in document["nodes"]}}
