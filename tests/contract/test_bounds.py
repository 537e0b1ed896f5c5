"""However large an answer, and however many at once: a worker's memory and threads last."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from web_sites import NOW

from topology.errors import QueryRefused
from topology.store.graph_store import GraphStore
from web.app import create_app
from web.asking import MOST_AT_ONCE
from web.site import Site

QUERY = "/api/v1/query"
HUGE_CELL = "RETURN reduce(text = 'x', i IN range(1, 24) | text + text) AS x"
"""16 MB as it comes from the database."""
WIDE_ROWS = (
    "WITH reduce(text = 'x', i IN range(1, 20) | text + text) AS megabyte "
    "UNWIND range(1, 30) AS n RETURN n, megabyte"
)


@pytest.fixture(params=["embedded_store", pytest.param("neo4j_store", marks=pytest.mark.neo4j)])
def store(request: pytest.FixtureRequest) -> GraphStore:
    found: GraphStore = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def client(store: GraphStore, tmp_path: Path) -> FlaskClient:
    site = Site(now=NOW, queries=store, audit_directory=tmp_path)
    return create_app(lambda: site).test_client()


def test_a_row_that_is_too_large_is_refused_before_it_is_there(store: GraphStore) -> None:
    """What was asked for in it is not read to its end; the next query is answered."""
    with (
        store.ask("RETURN range(1000, 100000) AS x", most_row_bytes=20_000) as asked,
        pytest.raises(QueryRefused, match=r"a row of the answer is larger than 0\.02 MB; return"),
    ):
        list(asked.rows)

    assert ((1,),) == store.query("RETURN 1 AS x").rows


def test_an_answer_is_read_up_to_its_bound(store: GraphStore) -> None:
    """In order, whole rows, and whoever asked can know that there were more."""
    text = "UNWIND range(1, 3000) AS n RETURN n, toString(n) + 'xxxxxxxxxxxxxxxxxxxxxxxxxxxx' AS s"

    with store.ask(text, most_bytes=20_000) as asked:
        rows = [n for n, _ in asked.rows]
    with store.ask(text, most_bytes=2_000_000) as whole:
        all_rows = [n for n, _ in whole.rows]

    assert list(range(1, len(rows) + 1)) == rows
    assert 100 < len(rows) < 1_000
    assert (True, False) == (asked.is_cut_off, whole.is_cut_off)
    assert list(range(1, 3_001)) == all_rows


def test_a_huge_cell_is_refused_with_what_to_do(client: FlaskClient) -> None:
    """By the API, on the page and in its CSV alike."""
    answered = client.post(QUERY, json={"query": HUGE_CELL})
    shown = client.get("/query", query_string={"q": HUGE_CELL})
    exported = client.get("/query.csv", query_string={"q": HUGE_CELL})

    detail = "a row of the answer is larger than 10 MB; return fewer or shorter lists"
    assert [400, 400, 400] == [one.status_code for one in (answered, shown, exported)]
    assert answered.get_json()["detail"].startswith(detail)
    assert exported.get_json()["detail"].startswith(detail)
    assert detail in shown.text


def test_many_wide_rows_are_cut_off_and_told(client: FlaskClient) -> None:
    """What was read is answered; CSV, which nobody holds whole, has all rows."""
    answered = client.post(QUERY, json={"query": WIDE_ROWS}).get_json()
    shown = client.get("/query", query_string={"q": WIDE_ROWS}).text
    exported = client.post(QUERY, json={"query": WIDE_ROWS}, headers={"Accept": "text/csv"})

    said = "nswer is larger than 10 MB and was cut off; return less of each row, count instead"
    assert answered["truncated"]
    assert said in answered["note"]
    assert list(range(1, 10)) == [n for n, _ in answered["rows"]]
    assert said in shown
    assert "the first 9 rows" in shown
    csv.field_size_limit(2**21)
    assert 31 == len(list(csv.reader(exported.text.splitlines())))


def test_a_few_queries_are_answered_at_once_and_the_next_is_told_when(client: FlaskClient) -> None:
    """Others are let in as soon as one has ended, also one whose reader went away."""
    body = {"query": "UNWIND range(1, 20000) AS n RETURN n"}
    csv_only = {"Accept": "text/csv"}
    running = [client.post(QUERY, json=body, headers=csv_only) for _ in range(MOST_AT_ONCE)]

    refused = client.post(QUERY, json={"query": "RETURN 1 AS x"})
    page = client.get("/query?q=RETURN 1 AS x")
    for response in running:
        response.close()
    again = client.post(QUERY, json={"query": "RETURN 1 AS x"})

    assert [200] * MOST_AT_ONCE == [one.status_code for one in running]
    assert (429, "/problems/too-busy") == (refused.status_code, refused.get_json()["type"])
    assert f"{MOST_AT_ONCE} queries are being answered" in refused.get_json()["detail"]
    assert (429, "5") == (page.status_code, page.headers["Retry-After"])
    assert "5" == refused.headers["Retry-After"]
    assert [[1]] == again.get_json()["rows"]
