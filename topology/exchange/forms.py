"""The forms in which a whole graph is written, a resource at a time; `whole_graph` reads them.

Equal graphs give equal bytes: resources stand in the order of their uids. The store gives them in
no order, so they wait in a file without a name, and memory holds where each of them is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from tempfile import TemporaryFile, gettempdir
from typing import BinaryIO

from pydantic import TypeAdapter

from topology.errors import CannotWrite, TopologyError
from topology.graph.slices import SlicedGraph
from topology.json_form import Json, resource_from_json, resource_to_json
from topology.model import Resource
from topology.schema import ResourceClass
from topology.store.graph_store import GraphStore
from topology.store.values import Scannable

FORMAT = "chroma-topology/1"
CLASS = TypeAdapter(ResourceClass)


def exported(
    store: GraphStore, form: str = "json", *, tell: Callable[[str], None] = lambda _: None
) -> Iterator[str]:
    """Yield the whole graph of `store` in one of the `FORMS`; `tell` hears what is done.

    All of it has been read before the first piece. Raises CannotWrite where there is no room for it
    meanwhile.
    """
    graph = SlicedGraph(store)
    classes = tuple(one for _, one in sorted(store.classes().items()))
    scannables = store.scannables()
    try:
        with TemporaryFile() as file:
            resources = _ByUid(graph.resources(), file)
            tell(f"writing {len(resources):,} resources")
            yield from FORMS[form](_Written(resources, classes, scannables))
    except OSError as error:
        if isinstance(error, TopologyError):
            raise
        raise CannotWrite(
            f"cannot keep the graph in {gettempdir()!r} until it is written ({error.strerror}); "
            "make room there, or set TMPDIR"
        ) from None


def lines_of(
    resources: Iterable[tuple[str, Json]],
    count: int,
    classes: Iterable[ResourceClass],
    scannables: Iterable[Scannable],
) -> Iterator[str]:
    """Yield a graph of `count` resources, uids and forms, as JSON lines without their ends.

    What it is comes first, then each thing it holds; the resources are read as they are written.
    """
    yield text_of({"format": FORMAT, "resources": count})
    for kind, all_of_a_kind in _said_beside(classes, scannables).items():
        for said in all_of_a_kind:
            yield text_of({kind: said})
    for uid, form in resources:
        yield text_of({"uid": uid, "resource": form})


def text_of(value: object, *, indent: int | None = None) -> str:
    """Return JSON that UTF-8 can say: a byte that was no text is an escape in it."""
    said = json.dumps(value, indent=indent, ensure_ascii=False, sort_keys=True)
    return said if said.isascii() else said.encode("utf-8", "backslashreplace").decode("utf-8")


class _ByUid:
    """Uids and forms of resources, in the order of uids, as often as they are gone through."""

    def __init__(self, resources: Iterable[Resource], file: BinaryIO) -> None:
        self._file = file
        self._places: dict[str, int] = {}
        for one in resources:
            self._places[one.uid] = file.tell()
            file.write(json.dumps(resource_to_json(one)).encode() + b"\n")

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[tuple[str, Json]]:
        for uid, place in sorted(self._places.items()):
            self._file.seek(place)
            yield uid, json.loads(self._file.readline())


@dataclass(frozen=True, slots=True)
class _Written:
    """What is written."""

    resources: _ByUid
    classes: tuple[ResourceClass, ...]
    scannables: list[Scannable]

    @property
    def beside(self) -> dict[str, list[Json]]:
        return _said_beside(self.classes, self.scannables)


def _json(graph: _Written) -> Iterator[str]:
    resources = (f"{text_of(uid)}: {text_of(form, indent=1)}" for uid, form in graph.resources)
    return _filled({"format": FORMAT, **graph.beside, "resources": {}}, {"resources": resources})


def _lines(graph: _Written) -> Iterator[str]:
    resources = graph.resources
    lines = lines_of(resources, len(resources), graph.classes, graph.scannables)
    return (f"{line}\n" for line in lines)


def _node_link(graph: _Written) -> Iterator[str]:
    nodes = (
        {
            "id": uid,
            "label": one.name,
            "class": one.class_name,
            "own_state": one.own_state.word,
            "resource": form,
        }
        for uid, form in graph.resources
        for one in [resource_from_json(uid, form)]
    )
    edges = (
        {"source": link.source, "target": uid, "key": f"{link.kind} {link.via}".rstrip()}
        for uid, form in graph.resources
        for link in resource_from_json(uid, form).inputs
    )
    document = {
        "directed": True,
        "multigraph": True,
        "graph": {"format": FORMAT, **graph.beside},
        "nodes": [],
        "edges": [],
    }
    texts = {
        name: (text_of(one, indent=1) for one in values)
        for name, values in (("nodes", nodes), ("edges", edges))
    }
    return _filled(document, texts)


def _filled(document: Json, elements: Mapping[str, Iterator[str]]) -> Iterator[str]:
    """Yield the text of `document`, with `elements` where it has an empty collection of a name."""
    text = text_of(document, indent=1)
    for name in sorted(elements):
        begin = f'\n "{name}": '  # deeper ones are indented further, and no value has a line end
        before, _, text = text.partition(begin)
        yield before + begin + text[0]
        separator = ""
        for one in elements[name]:
            yield f"{separator}\n  " + one.replace("\n", "\n  ")
            separator = ","
        yield ("\n " if separator else "") + text[1]
        text = text[2:]
    yield text + "\n"


def _said_beside(
    classes: Iterable[ResourceClass], scannables: Iterable[Scannable]
) -> dict[str, list[Json]]:
    return {
        "classes": [CLASS.dump_python(one, mode="json") for one in classes],
        "scannables": [
            {
                "id": one.scannable_id,
                "plugin": one.plugin,
                "class": one.class_name,
                "settings": dict(one.settings),
            }
            for one in scannables
        ],
    }


FORMS: Mapping[str, Callable[[_Written], Iterator[str]]] = {
    "json": _json,
    "jsonl": _lines,
    "node-link": _node_link,
}
"""What each form is called, and how it is written."""
