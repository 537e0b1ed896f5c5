"""Cypher over HTTP and on the Query page, answered by each engine."""

from __future__ import annotations

import csv
import json
import shlex
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from web_sites import NOW

from topology.audit import FILE
from topology.store.graph_store import GraphStore
from web.app import create_app
from web.site import Site

QUERY = "/api/v1/query"


@pytest.fixture(params=["embedded_store", pytest.param("neo4j_store", marks=pytest.mark.neo4j)])
def client(request: pytest.FixtureRequest, tmp_path: Path) -> FlaskClient:
    store: GraphStore = request.getfixturevalue(request.param)
    site = Site(now=NOW, queries=store, audit_directory=tmp_path)
    return create_app(lambda: site).test_client()


def _audited(tmp_path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (tmp_path / FILE).read_text().splitlines()]


def test_rows_come_as_json_with_a_limit(client: FlaskClient, tmp_path: Path) -> None:
    """Columns, rows in order, and whether there were more; one line of audit, no parameter."""
    body = {
        "query": "UNWIND $list AS n RETURN n, n * 2 AS twice",
        "parameters": {"list": [3, 1, 2]},
    }

    answer = client.post(QUERY, json=body).get_json()
    first = client.post(QUERY, json={**body, "limit": 1}).get_json()

    expected = [[3, 6], [1, 2], [2, 4]]
    assert {"columns": ["n", "twice"], "rows": expected, "truncated": False} == answer
    assert {"columns": ["n", "twice"], "rows": expected[:1], "truncated": True} == first
    entry, _ = _audited(tmp_path)
    assert ("anonymous", "HTTP 127.0.0.1", "answered", body["query"]) == tuple(
        entry[name] for name in ("who", "origin", "outcome", "text")
    )
    assert "list" not in json.dumps({**entry, "text": ""})


def test_csv_holds_every_row(client: FlaskClient) -> None:
    """Also beyond what JSON gives by default; sent as it arrives."""
    response = client.post(
        QUERY,
        json={"query": "UNWIND range(1, 12000) AS n RETURN n, null AS x, 'a,b' AS y, [n] AS z"},
        headers={"Accept": "text/csv"},
    )

    rows = list(csv.reader(response.text.splitlines()))
    assert "text/csv; charset=utf-8" == response.content_type
    assert ["n", "x", "y", "z"] == rows[0]
    assert [[str(n), "", "a,b", f"[{n}]"] for n in range(1, 12_001)] == rows[1:]


@pytest.mark.parametrize(
    ("query", "line", "column"),
    [("MATCH (n:Resource)\nRETRN n", 2, 1), ("CREATE (:Evil)", None, None)],
)
def test_a_refusal_is_problem_details_with_the_place(
    client: FlaskClient, tmp_path: Path, query: str, line: int | None, column: int | None
) -> None:
    """A status of 400, whatever the database said; the audit log has it too."""
    response = client.post(QUERY, json={"query": query})

    problem = response.get_json()
    assert (400, "application/problem+json") == (response.status_code, response.content_type)
    assert ("/problems/query-refused", line, column) == (
        problem["type"],
        problem["line"],
        problem["column"],
    )
    assert problem["detail"] == _audited(tmp_path)[0]["outcome"]


def test_an_error_after_some_rows_cuts_the_answer_off(client: FlaskClient) -> None:
    """A client must not take a part for the whole."""
    query = "UNWIND range(0, 60000) AS n RETURN 1 / (60000 - n) AS x"

    response = client.post(QUERY, json={"query": query, "limit": 100_000})

    assert 400 == response.status_code or not _is_whole(response.iter_encoded)


def _is_whole(pieces: object) -> bool:
    try:
        assert callable(pieces)
        json.loads(b"".join(pieces()))
    except Exception:  # noqa: BLE001 - however it was cut off
        return False
    return True


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
    ],
)
def test_another_sites_page_asks_nothing(
    client: FlaskClient, tmp_path: Path, headers: dict[str, str]
) -> None:
    """Its visitor's browser is no reason to run what it wants."""
    body = {"query": "RETURN 1 AS x"}

    asked = client.post(QUERY, json=body, headers=headers)
    cancelled = client.delete(f"{QUERY}/some-query-id", headers=headers)
    exported = client.get("/query.csv?q=RETURN 1 AS x", headers=headers)
    shown = client.get("/query?q=RETURN 1 AS x", headers=headers)

    assert [403, 403, 403] == [one.status_code for one in (asked, cancelled, exported)]
    assert "Another site led here. Read the query, then run it." in shown.text
    assert "RETURN 1 AS x" in shown.text
    assert not (tmp_path / FILE).exists()


def test_a_form_of_another_site_cannot_pose_as_json(client: FlaskClient, tmp_path: Path) -> None:
    """What a browser sends without asking first is not taken."""
    for content_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        response = client.post(QUERY, data='{"query": "RETURN 1"}', content_type=content_type)
        assert 400 == response.status_code

    assert not (tmp_path / FILE).exists()


def test_our_own_pages_and_programs_ask(client: FlaskClient) -> None:
    """A browser says that the page is ours; a program says nothing."""
    for headers in ({"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://localhost"}, {}):
        response = client.post(QUERY, json={"query": "RETURN 1 AS x"}, headers=headers)

        assert 200 == response.status_code


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "query"),
        ({"query": 1}, "query"),
        ({"query": "RETURN 1", "limit": 0}, "limit"),
        ({"query": "RETURN 1", "query_id": "a b"}, "query_id"),
        ({"query": "RETURN 1", "more": 1}, "more"),
    ],
)
def test_a_question_put_wrongly_names_its_member(
    client: FlaskClient, body: dict[str, object], said: str
) -> None:
    """Before anything is asked."""
    response = client.post(QUERY, json=body)

    assert 400 == response.status_code
    assert said in response.get_json()["detail"]


def test_cancelling_what_does_not_run_is_no_error(client: FlaskClient) -> None:
    """It may just have ended."""
    assert 204 == client.delete(f"{QUERY}/no-such-query").status_code


# The page


def test_the_page_answers_in_a_table_as_json_and_as_csv(client: FlaskClient) -> None:
    """All from one address, values escaped."""
    asked = "?q=UNWIND [1, 2] AS n RETURN n, '<b>' %2B $x AS text&%24x=%22%26%22"

    table, document = client.get(f"/query{asked}"), client.get(f"/query{asked}&view=json")
    exported = client.get(f"/query.csv{asked}")

    assert "<h1>2 rows answer this.</h1>" in table.text
    assert "<td><bdi>&lt;b&gt;&amp;</bdi></td>" in table.text
    assert "&#34;text&#34;: &#34;&lt;b&gt;&amp;&#34;" in document.text
    assert "n,text\n1,<b>&\n2,<b>&\n" == exported.text
    assert "attachment; filename=query.csv" == exported.headers["Content-Disposition"]


def test_the_page_gives_the_same_question_as_a_command(client: FlaskClient) -> None:
    """To be pasted into a shell."""
    page = client.get("/query?q=RETURN $x AS it, 'it''s' AS y&%24x=5").text
    text = page.partition('aria-label="curl command">')[2].partition("</pre>")[0]

    words = shlex.split(text.replace("&#39;", "'").replace("&#34;", '"').replace("&amp;", "&"))

    assert ["curl", "-s", "http://localhost/api/v1/query"] == words[:3]
    assert {"query": "RETURN $x AS it, 'it''s' AS y", "parameters": {"x": 5}} == json.loads(
        words[-1]
    )


def test_the_page_marks_the_place_of_a_mistake(client: FlaskClient) -> None:
    """The line stands out, from the place on."""
    response = client.get("/query?q=MATCH (n:Resource)%0A  RETRN n")

    assert 400 == response.status_code
    assert '<li class="wrong"><code>  <mark>RETRN n</mark></code></li>' in response.text


def test_a_kept_question_asks_for_its_parameters_first(client: FlaskClient) -> None:
    """Choosing it is no mistake yet. Then it runs; an unknown one is told with the nearest."""
    needs = client.get("/query?named=pool-disks").text
    unfilled = client.get("/query?named=pool-disks&q=MATCH (n) WHERE n.uid = $id RETURN n").text
    runs = client.get("/query?named=pool-disks&%24pool=none")

    assert "<h1>The disks of a pool by enclosure and slot: which one to pull" in needs
    assert "Fill in $pool, then run it." in needs
    assert "the query needs a value for $id; type it and run again" in unfilled
    assert '<input name="$pool" value=""' in needs
    assert "<h1>Nothing answers this.</h1>" in runs.text
    assert "did you mean pool-disks" in client.get("/query?named=pool-disk").text


def test_an_answer_of_the_store_is_asked_anew(client: FlaskClient) -> None:
    """No tag of a snapshot says that it is the same; the empty page has one."""
    answered = client.get("/query?q=RETURN 1 AS x")

    assert "ETag" not in answered.headers
    assert "<h1>1 row answers this.</h1>" in answered.text


def test_without_a_store_the_page_says_so() -> None:
    """And is shown all the same."""
    client = create_app(lambda: Site(now=NOW, problem="the store is away")).test_client()

    assert "Questions that are kept" in client.get("/query").text
    assert 503 == client.get("/query?q=RETURN 1 AS x").status_code
    assert 503 == client.post(QUERY, json={"query": "RETURN 1"}).status_code
