"""A graph goes from one engine to the other and back, and is the same."""

from __future__ import annotations

import json

import pytest
from contract.resources import resource
from contract.test_whole_line import DISK, ENCLOSURE, Site
from store_engines import Writer, emptied

from topology.errors import InvalidFile, InvalidValue, UsageError
from topology.exchange.forms import FORMS, exported
from topology.exchange.whole_graph import graph_from, imported
from topology.live.live_topology import LiveTopology
from topology.store.graph_store import GraphStore


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_whole_graph_back(embedded_store: GraphStore, form: str) -> None:
    """What one reads from it is what was written, hostile text and undecodable bytes too."""
    writer = Writer(emptied(embedded_store))
    writer.put(resource("d", attributes={"name": "a\nb\u2028\udc80", "size": 2**70}), classes=[])
    writer.put(resource("pool", "StoragePool", parents=["d"]))
    text = "".join(exported(embedded_store, form))

    graph = graph_from(text.encode().decode(), "it")

    assert embedded_store.read()[1] == graph.resources
    assert tuple(embedded_store.classes().values()) == graph.classes


@pytest.mark.neo4j
def test_an_export_imported_into_the_other_engine_and_back_is_equal(
    embedded_store: GraphStore, neo4j_store: GraphStore
) -> None:
    """Missing members, joins, alerts and claims included; byte for byte."""
    embedded, neo4j = emptied(embedded_store), emptied(neo4j_store)
    site = Site(embedded)
    site.set(failed=DISK, removed="oss0")
    first = "".join(exported(embedded))
    before = LiveTopology(embedded).refresh().judgement

    imported(neo4j, first, "first")
    second = "".join(exported(neo4j))
    imported(emptied(embedded), second, "second")

    assert first == second == "".join(exported(embedded))
    assert before == LiveTopology(embedded).refresh().judgement


def test_a_store_that_is_not_empty_takes_no_import(embedded_store: GraphStore) -> None:
    """Nothing is mixed."""
    store = emptied(embedded_store)
    Site(store)
    before = store.read()

    with pytest.raises(UsageError, match="is not empty"):
        imported(store, "".join(exported(store)), "it")

    assert before == store.read()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not JSON"),
        ("[]", "does not say format"),
        (json.dumps({"format": "chroma-topology/1"}), "is no whole export"),
        (
            '{"format": "chroma-topology/1", "resources": 2}\n',
            "2 resources are announced, 0 follow",
        ),
        ('{"format": "chroma-topology/1", "resources": 0}\n[]', "is not JSON"),
    ],
)
def test_what_is_no_export_is_refused_whole(
    embedded_store: GraphStore, text: str, message: str
) -> None:
    """A wrong file changes nothing."""
    store = emptied(embedded_store)

    with pytest.raises(InvalidFile, match=message):
        imported(store, text, "it")

    assert store.read() == (0, {})


def test_a_graph_that_the_store_refuses_leaves_it_empty(embedded_store: GraphStore) -> None:
    """Its scannables too, so that it can be mended and imported again."""
    store = emptied(embedded_store)
    Site(store)
    document = json.loads("".join(exported(store)))
    document["classes"][0]["name"] = "no label"
    store = emptied(store)

    with pytest.raises(InvalidValue, match="a resource class is named 'no label'"):
        imported(store, json.dumps(document), "it")

    assert (0, {}) == store.read()
    assert [] == store.scannables()


def test_an_accepted_part_is_no_longer_counted_on(embedded_store: GraphStore) -> None:
    """A server that was pulled for good: its targets run on one server by design from now on."""
    store = emptied(embedded_store)
    site = Site(store)
    site.set(removed="oss0")
    view = LiveTopology(store).refresh()
    uid = view.find("oss0")

    site.ingest.accept(uid, store.take_lease("admin", "test"))

    assert uid not in store.read()[1]
    with pytest.raises(UsageError, match=f"{ENCLOSURE} is not missing"):
        site.ingest.accept(view.find(ENCLOSURE), store.take_lease("admin", "test"))
