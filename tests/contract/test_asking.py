"""An operator's query while it runs: all its rows, its end at any time, and where it is wrong."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import pytest

from topology.audit import FILE, audited
from topology.errors import QueryRefused, TopologyError, UsageError
from topology.store.asking import Asked, mark_of
from topology.store.graph_store import GraphStore

ENDLESS = (
    "UNWIND range(1, 1000000) AS a UNWIND range(1, 1000000) AS b WITH a WHERE a < 0 "
    "RETURN count(*) AS n"
)
PATIENCE_SECONDS = 60


@pytest.fixture(params=["embedded_store", pytest.param("neo4j_store", marks=pytest.mark.neo4j)])
def store(request: pytest.FixtureRequest) -> GraphStore:
    found: GraphStore = request.getfixturevalue(request.param)
    return found


def test_every_row_arrives_in_order(store: GraphStore) -> None:
    """However many there are, none is kept once it was read."""
    with store.ask("UNWIND range(1, $most) AS n RETURN n, toString(n)", {"most": 30_000}) as asked:
        rows = list(asked.rows)

    assert [(n, str(n)) for n in range(1, 30_001)] == rows
    assert 30_000 == asked.row_count


def test_columns_are_known_before_the_rows_are_read(store: GraphStore) -> None:
    """In the query's order."""
    with store.ask("RETURN 1 AS b, 2 AS a") as asked:
        assert ("b", "a") == asked.columns
        assert [(1, 2)] == list(asked.rows)


def test_nothing_is_sent_before_something_is_asked(store: GraphStore) -> None:
    """Closing what was never read costs nothing, even where it could not run."""
    with store.ask("THIS IS NO CYPHER") as asked:
        pass

    assert 0 == asked.row_count


def test_an_error_after_some_rows_is_told_after_those_rows(store: GraphStore) -> None:
    """Whoever reads knows that it was not all."""
    read: list[object] = []

    with (
        store.ask("UNWIND range(0, 50000) AS n RETURN 1 / (50000 - n) AS x") as asked,
        pytest.raises(QueryRefused, match="/ by zero"),
    ):
        read += asked.rows

    assert asked.row_count == len(read)


@pytest.mark.parametrize("ends_it", ["its reader", "its id"])
def test_a_query_is_ended_in_the_database(store: GraphStore, ends_it: str) -> None:
    """Long before its time limit, which is longer than this test waits."""
    query_id = "the-query-of-this-test"
    with store.ask(ENDLESS, query_id=query_id, seconds=10 * PATIENCE_SECONDS) as asked:
        raised: list[TopologyError] = []
        reading = threading.Thread(target=_read, args=(asked, raised), daemon=True)
        reading.start()
        _wait_until(store, query_id, is_running=True)

        if ends_it == "its id":
            store.cancel(query_id)
            reading.join(PATIENCE_SECONDS)
        else:
            asked.close()

        _wait_until(store, query_id, is_running=False)
        assert ends_it == "its reader" or ["the query was cancelled"] == list(map(str, raised))


def test_cancelling_what_does_not_run_changes_nothing(store: GraphStore) -> None:
    """It may have ended by itself; an id that could be anything else is refused."""
    store.cancel("never-asked-before")

    with pytest.raises(UsageError, match="8 to 64 letters, digits and hyphens"):
        store.cancel("a\nMATCH (n) DETACH DELETE n")


@pytest.mark.parametrize(
    ("query", "place", "marked"),
    [
        ("RETRN 1", (1, 1), "   1 | RETRN 1\n     | ^"),
        ("  MATCH (n) RETRN n", (1, 13), None),
        ("// what\n\n/* a\nb */ RETRN n", (4, 6), "   4 | b */ RETRN n\n     |      ^"),
        ("MATCH (n:Resource)\nRETRN n", (2, 1), None),
    ],
)
def test_a_wrong_query_is_told_where_it_is_wrong(
    store: GraphStore, query: str, place: tuple[int, int], marked: str | None
) -> None:
    """In the operator's own text, whatever stands before it."""
    with pytest.raises(QueryRefused) as refused:
        store.query(query)

    assert place == refused.value.place
    assert marked in (None, refused.value.marked)


def test_a_query_leaves_one_line_in_the_audit_log(tmp_path: Path) -> None:
    """Who, from where, what, how many rows, for how long, and how it ended; no parameter."""
    with audited(tmp_path, "RETURN $x", who="ann", origin="here", row_count=lambda: 3):
        pass
    with (
        pytest.raises(QueryRefused),
        audited(tmp_path, "RETRN\n1", who="bob", origin="there", row_count=lambda: 0),
    ):
        raise QueryRefused("no")

    first, second = map(json.loads, (tmp_path / FILE).read_text().splitlines())
    assert ("ann", "here", "RETURN $x", 3, "answered") == tuple(
        first[name] for name in ("who", "origin", "text", "rows", "outcome")
    )
    assert {"milliseconds", "sha256", "timestamp"} < first.keys()
    assert ("RETRN\n1", "no") == (second["text"], second["outcome"])
    assert 0o600 == (tmp_path / FILE).stat().st_mode & 0o777


def test_an_audit_log_that_cannot_be_written_goes_to_stderr(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No line is lost."""
    with audited(tmp_path / "none", "RETURN 1", who="ann", origin="here", row_count=lambda: 1):
        pass

    assert "RETURN 1" == json.loads(capsys.readouterr().err)["text"]


def _read(asked: Asked, raised: list[TopologyError]) -> None:
    try:
        list(asked.rows)
    except TopologyError as error:
        raised.append(error)


def _wait_until(store: GraphStore, query_id: str, *, is_running: bool) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while is_running != _is_running(store, query_id):
        assert time.monotonic() < deadline


def _is_running(store: GraphStore, query_id: str) -> bool:
    with store._engine.operator_session() as session:
        found = session.run(
            "SHOW TRANSACTIONS YIELD currentQuery AS text WHERE text STARTS WITH $mark RETURN text",
            mark=mark_of(query_id),
        )
        return bool(list(found))
