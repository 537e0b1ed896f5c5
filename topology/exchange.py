"""A whole graph as one JSON document, from any engine to any other.

The document holds resources with every claim and link, their classes, and the scannables with their
settings; not the journal, nor the leases, which belong to one store. Equal graphs give equal bytes.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from topology.delta import Change, Changes
from topology.errors import InvalidFile, UsageError
from topology.json_form import resource_from_json, resource_to_json
from topology.model import Resource
from topology.schema import ResourceClass
from topology.store.graph_store import GraphStore
from topology.store.values import ADMIN

FORMAT = "chroma-topology/1"
_CLASS = TypeAdapter(ResourceClass)


def exported(store: GraphStore) -> str:
    """Return the whole graph of `store` as a JSON document."""
    _, resources = store.read()
    document = {
        "format": FORMAT,
        "classes": [
            _CLASS.dump_python(one, mode="json") for _, one in sorted(store.classes().items())
        ],
        "scannables": [
            {
                "id": one.scannable_id,
                "plugin": one.plugin,
                "class": one.class_name,
                "settings": dict(one.settings),
            }
            for one in store.scannables()
        ],
        "resources": {uid: resource_to_json(one) for uid, one in resources.items()},
    }
    return json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def imported(store: GraphStore, text: str, name: str) -> int:
    """Make an empty `store` hold the graph that `exported` wrote; return how many resources.

    `name` is what messages call the document. Raises InvalidFile where it is not such a document,
    UsageError where the store is not empty; then nothing has changed.
    """
    document = _document(text, name)
    try:
        resources = [resource_from_json(uid, form) for uid, form in document["resources"].items()]
        classes = [_CLASS.validate_python(one) for one in document["classes"]]
        scannables = [
            (one["id"], one["plugin"], one["class"], dict(one["settings"]))
            for one in document["scannables"]
        ]
    except (KeyError, TypeError, ValueError, ValidationError) as error:
        raise InvalidFile(
            f"{name} is no whole export ({type(error).__name__}: {error}); export it again"
        ) from None
    _refuse_full(store)
    changes = Changes(
        base=store.revision(),
        at=time.time(),
        changes=tuple(_added(one) for one in resources),
        classes=tuple(classes),
    )
    if resources:
        store.commit(changes, store.take_lease(ADMIN, "import"))
    # Last, so that a graph the store refuses leaves it empty, and no runtime reports before it.
    for scannable_id, plugin, class_name, settings in scannables:
        store.add_scannable(scannable_id, plugin=plugin, class_name=class_name, settings=settings)
    return len(resources)


def _document(text: str, name: str) -> Mapping[str, Any]:
    try:
        document = json.loads(text)
    except ValueError as error:
        raise InvalidFile(f"{name} is not JSON ({error}); give a file that export wrote") from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise InvalidFile(f"{name} does not say format {FORMAT!r}; give a file that export wrote")
    return document


def _refuse_full(store: GraphStore) -> None:
    count = len(store.read()[1]) + len(store.scannables())
    if count:
        raise UsageError(
            f"the store at {store.address} is not empty ({count} resources and scannables); "
            "import into a new one"
        )


def _added(resource: Resource) -> Change:
    return Change(resource.uid, before=None, after=resource)
