"""Two hundred inputs that are meant to do harm change nothing and reveal nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import pytest
from contract.hostile_inputs import ENDLESS, LABELS, QUERIES, TEXTS
from contract.resources import resource
from store_engines import Writer, emptied, raw

from topology.errors import InvalidValue, QueryRefused
from topology.model import Alert
from topology.store.graph_store import GraphStore

_SECONDS = 1.0
"""How long an endless query may run here: it is ended all the same."""


@pytest.fixture(scope="module", params=["embedded", pytest.param("neo4j", marks=pytest.mark.neo4j)])
def writer(request: pytest.FixtureRequest) -> Writer:
    """A writer to a store with victims: one resource for each hostile text, in all it says.

    Its lease is taken once, before anybody looks at what must stay as it is.
    """
    store = emptied(request.getfixturevalue(f"{request.param}_store"))
    store.add_scannable("s-1", plugin="array", class_name="Array", settings={"secret": "s3cret"})
    victims = [
        resource(
            f"victim-{index}",
            parents=[f"victim-{index - 1}"] if index else [],
            attributes={"name": text},
            alerts=[Alert("hot", "error", text, 1.0)],
        )
        for index, text in enumerate(TEXTS)
    ]
    writer = Writer(store)
    writer.put(*victims)
    return writer


@pytest.fixture(scope="module")
def store(writer: Writer) -> GraphStore:
    return writer.store


@pytest.fixture(scope="module", autouse=True)
def whole(store: GraphStore) -> Iterator[None]:
    """What must stay as it is to the last property: the graph, what is not in it, the schema."""
    before = _whole(store)
    yield
    assert before == _whole(store)


def _whole(store: GraphStore) -> object:
    return (
        raw(store, "MATCH (n) RETURN properties(n) AS p, n.classes AS c ORDER BY elementId(n)"),
        raw(store, "MATCH ()-[r]->() RETURN type(r) AS t, count(*) AS n ORDER BY t"),
        raw(store, "SHOW INDEXES YIELD name RETURN name ORDER BY name"),
        raw(store, "SHOW CONSTRAINTS YIELD name RETURN name ORDER BY name"),
    )


def counted(store: GraphStore) -> object:
    """What most harm would show in at once, so that the input that did it is named."""
    return (
        raw(store, "MATCH (n) RETURN count(n) AS n"),
        raw(store, "MATCH ()-[r]->() RETURN count(r) AS n"),
        store.revision(),
    )


def test_there_are_two_hundred_of_them() -> None:
    """None twice."""
    inputs = {*QUERIES, *ENDLESS, *TEXTS, *LABELS}

    assert 200 <= len(inputs)
    assert len(QUERIES) + len(ENDLESS) + len(TEXTS) + len(LABELS) <= len(inputs) + 3


@pytest.mark.parametrize("query", QUERIES, ids=range(len(QUERIES)))
def test_a_hostile_query_changes_nothing_and_reveals_nothing(store: GraphStore, query: str) -> None:
    """It is refused, or answered without a word of what is not the graph."""
    before = counted(store)

    try:
        said = str(store.query(query, {"label": "Evil"}).rows)
    except QueryRefused as refused:
        said = str(refused).replace(query, "")

    assert not [word for word in ("root:", "s3cret", "writer", "bolt-", "listen") if word in said]
    assert before == counted(store)


@pytest.mark.parametrize("query", ENDLESS, ids=range(len(ENDLESS)))
def test_an_endless_query_is_ended(store: GraphStore, query: str) -> None:
    """Or refused, or answered in time; the next one is answered in any case."""
    with suppress(QueryRefused):
        store.query(query, seconds=_SECONDS)

    assert ((1,),) == store.query("RETURN 1").rows


@pytest.mark.parametrize("index", range(len(TEXTS)))
def test_a_hostile_text_is_a_value_and_nothing_else(store: GraphStore, index: int) -> None:
    """It comes back as it was given, and as a parameter it finds the resource that has it."""
    text = TEXTS[index].encode("utf-8", "replace").decode()

    found = store.query(
        "MATCH (r:Resource) WHERE r.name = $text RETURN r.uid AS uid", {"text": text}
    ).rows

    assert (f"victim-{index}",) in found


def test_hostile_texts_are_read_back_as_they_were_written(store: GraphStore) -> None:
    """Those too that no database can hold as they are."""
    held = store.read()[1]

    assert list(TEXTS) == [
        held[f"victim-{index}"].merged.attributes["name"] for index in range(len(TEXTS))
    ]
    assert list(TEXTS) == [
        held[f"victim-{index}"].merged.alerts[0].message for index in range(len(TEXTS))
    ]


@pytest.mark.parametrize("label", LABELS, ids=range(len(LABELS)))
def test_a_class_name_that_is_no_label_is_refused(writer: Writer, label: str) -> None:
    """It would stand in Cypher as it is, so it is checked and never pasted."""
    before = counted(writer.store)

    with pytest.raises(InvalidValue):
        writer.put(resource("evil", label))

    assert before == counted(writer.store)
