"""Operators' queries: the cookbook's are the same on both engines, kept ones say what we judge."""

from __future__ import annotations

import time
from collections.abc import Iterable

import pytest
from contract import queried_site
from contract.cookbook import PAGES, Recipe, recipes

from topology.errors import InvalidValue, UsageError
from topology.impact.layout import InputGroup
from topology.impact.tally import tally_of
from topology.live.view import View
from topology.queries import named_queries, named_query
from topology.state import OK
from topology.store.graph_store import GraphStore

RECIPES = list(recipes())
GIVEN = {
    "filesystems-hit": {"id": "oss1"},
    "filesystems-downstream": {"id": "couplet0-enc1-slot03"},
    "single-points": {"service": "scratch"},
    "pool-disks": {"pool": "couplet0-pool0"},
    "on-server": {"server": "oss1"},
}
"""Parameters of the named queries that need some."""


@pytest.fixture(scope="module")
def embedded_view(embedded_store: GraphStore) -> View:
    return queried_site.fill(embedded_store)


@pytest.fixture(scope="module")
def neo4j_view(neo4j_store: GraphStore) -> View:
    return queried_site.fill(neo4j_store)


def _titles(of: Iterable[Recipe]) -> list[str]:
    return [one.title for one in of]


def test_the_cookbook_is_worth_its_name() -> None:
    """At least 60 queries, each under a title of its own."""
    titles = _titles(RECIPES)

    assert 60 <= len(titles)
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("recipe", RECIPES, ids=_titles(RECIPES))
def test_every_query_of_the_cookbook_finds_something(
    embedded_store: GraphStore, embedded_view: View, recipe: Recipe
) -> None:
    """Two engines that both find nothing would agree on everything."""
    assert embedded_store.query(recipe.text, recipe.parameters).rows


@pytest.mark.neo4j
@pytest.mark.parametrize("recipe", RECIPES, ids=_titles(RECIPES))
def test_both_engines_give_the_same_rows_in_the_same_order(
    embedded_store: GraphStore,
    neo4j_store: GraphStore,
    embedded_view: View,
    neo4j_view: View,
    recipe: Recipe,
) -> None:
    """Operators need not know on which of them they are."""
    ours = embedded_store.query(recipe.text, recipe.parameters)
    theirs = neo4j_store.query(recipe.text, recipe.parameters)

    assert theirs == ours


@pytest.mark.neo4j
@pytest.mark.parametrize("name", named_queries())
def test_both_engines_answer_a_kept_question_alike(
    embedded_store: GraphStore,
    neo4j_store: GraphStore,
    embedded_view: View,
    neo4j_view: View,
    name: str,
) -> None:
    """And find something."""
    kept = named_query(name)
    values = kept.values(GIVEN.get(name, {}))

    ours = embedded_store.query(kept.text, values)

    assert ours.rows
    assert neo4j_store.query(kept.text, values) == ours


# Kept questions, against the engine's own answers


def _uids(store: GraphStore, name: str, column: str = "uid", **given: str) -> list[object]:
    kept = named_query(name)
    found = store.query(kept.text, kept.values(given))
    index = found.columns.index(column) if found.rows else 0
    return [row[index] for row in found.rows]


@pytest.mark.parametrize("cause", ["oss1", "couplet1-enc2", "couplet0-enc0-slot02", "mds0"])
def test_the_filesystems_hit_are_those_the_impact_reaches(
    embedded_store: GraphStore, embedded_view: View, cause: str
) -> None:
    """An incident's filesystems; none for what is sound."""
    uid = embedded_view.find(cause)
    reached = set(embedded_view.affected_by(uid)) & set(embedded_view.filesystems)

    assert reached == set(_uids(embedded_store, "filesystems-hit", id=cause))


@pytest.mark.parametrize("source", ["couplet0-enc0-slot00", "spare-1", "switch0"])
def test_the_filesystems_downstream_are_those_that_links_lead_to(
    embedded_store: GraphStore, embedded_view: View, source: str
) -> None:
    """Whatever the states are."""
    reached = {source_uid := embedded_view.find(source)}
    waiting = [source_uid]
    while waiting:
        new = set(embedded_view.downstream.get(waiting.pop(), ())) - reached
        reached |= new
        waiting += new

    assert reached & set(embedded_view.filesystems) == set(
        _uids(embedded_store, "filesystems-downstream", id=source)
    )


def test_degraded_pools_say_how_many_members_they_can_lose(
    embedded_store: GraphStore, embedded_view: View
) -> None:
    """A RAID6 two, a mirror one, less what is down, missing or out of sync."""
    parts = embedded_view.layout.parts
    expected = {}
    for uid in _of_class(embedded_view, "StoragePool"):
        if embedded_view.state(uid) != OK:
            (group,) = parts[uid].groups
            level = embedded_view.resources[uid].merged.attributes["raid_level"]
            lost = tally_of(parts[uid], group, lambda one: embedded_view.state(one).high).failed
            expected[uid] = max(0, {"raid6": 2, "raid1": 1}[str(level)] - lost)

    uids = _uids(embedded_store, "degraded-pools")

    assert {0, 1} <= set(expected.values())
    left = _uids(embedded_store, "degraded-pools", "can_lose")
    assert expected == dict(zip(uids, left, strict=True))


@pytest.mark.parametrize("service", ["scratch", "scratch-OST0000", "scratch-MDT0001"])
def test_single_points_are_the_engines(
    embedded_store: GraphStore, embedded_view: View, service: str
) -> None:
    """By design and new."""
    points = embedded_view.single_points(embedded_view.find(service))
    expected = dict.fromkeys(points.by_design, False) | dict.fromkeys(points.new, True)

    uids = _uids(embedded_store, "single-points", service=service)
    is_new = _uids(embedded_store, "single-points", "is_new", service=service)

    assert expected == dict(zip(uids, is_new, strict=True))


def test_orphans_are_what_nothing_depends_on(
    embedded_store: GraphStore, embedded_view: View
) -> None:
    """Services and roots of scannables are not."""
    roots = {one.scannable_id for one in embedded_store.scannables()}
    expected = {
        uid
        for uid, one in embedded_view.resources.items()
        if not embedded_view.downstream.get(uid) and not one.merged.is_service
    }

    assert expected - roots == set(_uids(embedded_store, "orphans"))
    assert {one.uid for one in queried_site.SPARE} == expected - roots


def test_stale_sources_are_the_failing_and_the_silent(embedded_store: GraphStore) -> None:
    """Silent is what the site takes for silent: for three periods without a scan, and 60 s."""
    now = time.time()
    said = {
        "failing": {"phase": "failing", "at": now},
        "silent": {"phase": "ok", "heard_at": now - 500.0, "period_seconds": 100.0},
        "slow": {"phase": "ok", "heard_at": now - 500.0, "period_seconds": 1000},
        "quick": {"phase": "ok", "heard_at": now - 30.0, "period_seconds": 1.0},
        "new": {"phase": "scanning", "heard_at": 0.0},
    }
    for name, status in said.items():
        embedded_store.add_scannable(name, plugin="stale", class_name="Stale", settings={})
        embedded_store.report_status(name, status, epoch=0)

    kept = named_query("stale-sources")
    answer = embedded_store.query(kept.text, kept.values({}))
    scannables = [one for one in embedded_store.scannables() if one.plugin == "stale"]
    for name in said:
        embedded_store.remove_scannable(name)

    assert ["silent"] == [one.scannable_id for one in scannables if one.is_silent(now)]
    assert [("failing", True, False), ("silent", False, True)] == [
        row[1:4] for row in answer.rows if row[0] == "stale"
    ]


def test_shared_domains_are_what_several_members_hang_on(
    embedded_store: GraphStore, embedded_view: View
) -> None:
    """Enclosures with two or more disks of one pool."""
    parts = embedded_view.layout.parts
    expected: dict[tuple[object, object], int] = {}
    for pool in _of_class(embedded_view, "StoragePool"):
        hung: dict[str, set[str]] = {}
        for member in _members(parts[pool].groups):
            for domain in _members(parts[member].groups):
                hung.setdefault(domain, set()).add(member)
        expected |= {(pool, one): len(hit) for one, hit in hung.items() if len(hit) > 1}

    pools = _uids(embedded_store, "shared-domains")
    domains = _uids(embedded_store, "shared-domains", "shared_uid")
    members = _uids(embedded_store, "shared-domains", "members")

    assert expected == dict(zip(zip(pools, domains, strict=True), members, strict=True))


def test_a_pools_disks_come_by_enclosure_and_slot(
    embedded_store: GraphStore, embedded_view: View
) -> None:
    """All of them, as labels of this site sort."""
    pool = embedded_view.find("couplet0-pool0")
    members = _members(embedded_view.layout.parts[pool].groups)

    assert list(embedded_view.sorted_by_name(members)) == _uids(
        embedded_store, "pool-disks", pool="couplet0-pool0"
    )


def test_on_a_server_is_what_needs_it_and_what_names_it_as_its_host(
    embedded_store: GraphStore, embedded_view: View
) -> None:
    """Targets, multipath devices and their paths."""
    server = embedded_view.find("oss1")
    own = {
        uid
        for uid, one in embedded_view.resources.items()
        if one.merged.attributes.get("host") == server
    }

    assert own
    assert own | set(embedded_view.downstream[server]) == set(
        _uids(embedded_store, "on-server", server="oss1")
    )


def test_what_changed_is_what_the_journal_says(
    embedded_store: GraphStore, embedded_view: View
) -> None:
    """Of the last day, or of as many hours as one asks for."""
    events = embedded_store.events(limit=10_000)
    recent = [one for one in events if one.at > queried_site.BROKEN_AT - 1]

    assert [one.revision for one in recent] == _uids(embedded_store, "changed", "revision")
    assert len(events) == len(_uids(embedded_store, "changed", "revision", hours="1000"))
    assert len(recent) < len(events)


# Their parameters


def test_every_kept_question_says_what_it_answers_and_stands_in_the_cookbook() -> None:
    """One comment line, ended by a full stop, and a heading."""
    page = (PAGES / "named.md").read_text()

    for one in named_queries().values():
        assert one.text.startswith(f"// {one.summary}\n")
        assert one.summary.endswith(".")
        assert (
            f"\n## {one.name}\n\n```{{literalinclude}} ../../topology/queries/{one.name}.cy" in page
        )


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("pool-disk", {}, "no query is called 'pool-disk'; did you mean pool-disks"),
        ("pool-disks", {}, r"'pool-disks' needs parameter 'pool' \(the pool's uid, .*give pool=V"),
        ("pool-disks", {"pol": "x"}, "has no parameter 'pol'; it has pool"),
        ("orphans", {"x": "1"}, "has no parameter 'x'; it has none"),
    ],
)
def test_a_kept_question_put_wrongly_is_told(name: str, given: dict[str, str], said: str) -> None:
    """Before the store is asked."""
    with pytest.raises(UsageError, match=said):
        named_query(name).values(given)


@pytest.mark.parametrize("text", ["soon", '"1"', "[1]", "null"])
def test_a_number_is_a_number(text: str) -> None:
    """Other JSON is none."""
    with pytest.raises(InvalidValue, match="'hours' of query 'changed' must be a number"):
        named_query("changed").values({"hours": text})


def test_text_is_taken_as_it_is() -> None:
    """A label may look like a number."""
    assert {"pool": "0042"} == named_query("pool-disks").values({"pool": "0042"})
    assert {"hours": 24} == named_query("changed").values({})


def _of_class(view: View, class_name: str) -> list[str]:
    return [uid for uid, one in view.resources.items() if class_name in one.merged.classes]


def _members(groups: Iterable[InputGroup]) -> set[str]:
    return {member for group in groups for member in group.members}
