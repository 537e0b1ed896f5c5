"""What the graph store promises, on whatever engine: subclass and give a `store` fixture."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import replace

import pytest
from contract.resources import EAST, WEST, also_claimed, graphs, hearsay, resource
from hypothesis import HealthCheck, Phase, given, settings
from store_engines import Writer, raw

from topology.delta import Change, Changes
from topology.errors import (
    DeltaRejected,
    HistoryForgotten,
    InvalidValue,
    LeaseLost,
    QueryRefused,
    ResourceNotFound,
    UsageError,
)
from topology.graph.follower import Follower
from topology.graph.past import replica_at
from topology.journal import redo
from topology.model import Alert, Input, LinkKind, Resource
from topology.schema import AttributeSchema, ResourceClass
from topology.state import EXACTLY, OK, UNKNOWN, State
from topology.store.graph_store import GraphStore
from topology.store.values import ADMIN, PUBLISHER, Lease, Published, RevisionMoved, Scannable

DISK_CLASS = ResourceClass(
    name="HardDrive",
    plugin="array",
    bases=("PhysicalDisk",),
    label="Hard drive",
    plural_label="Hard drives",
    attributes=(AttributeSchema("capacity", "Bytes", "Capacity", units="B"),),
)
WRITES = (
    "CREATE (n:Resource {uid: 'x'})",
    "MERGE (n:Resource {uid: 'x'})",
    "MATCH (n:Resource) SET n.capacity = 0",
    "MATCH (n:Resource) SET n:Broken",
    "MATCH (n:Resource) REMOVE n.uid",
    "MATCH (n:Resource) DETACH DELETE n",
    "MATCH (n:Resource) FOREACH (x IN [1] | SET n.capacity = x)",
    "MATCH (n:Resource) CALL (n) { SET n.capacity = 0 } RETURN n.uid",
    "UNWIND [1] AS x CALL (x) { CREATE (:Resource {uid: 'x'}) } IN TRANSACTIONS",
    "CREATE INDEX broken FOR (n:Resource) ON (n.capacity)",
    "CREATE CONSTRAINT broken FOR (n:Resource) REQUIRE n.capacity IS UNIQUE",
    "CREATE USER broken SET PASSWORD 'broken-broken'",
    "MATCH (m:Meta) SET m.revision = 0",
    "MATCH (s:Scannable) SET s.epoch = 99",
)
REACHES_OUT = (
    "LOAD CSV FROM 'http://127.0.0.1:9/x' AS row RETURN row",
    "LOAD CSV FROM 'file:///etc/passwd' AS row RETURN row",
    "MATCH (n:Resource) CALL (n) { LOAD CSV FROM 'http://127.0.0.1:9/x' AS r RETURN r } RETURN r",
    "/* 'quiet */ LOAD/**/CSV FROM 'http://127.0.0.1:9/x' AS row RETURN row",
    "RETURN COUNT { LOAD CSV FROM 'http://127.0.0.1:9/x' AS row RETURN row }",
    "CALL dbms.listConfig() YIELD name RETURN name",
    "SHOW USERS",
)


class StoreContract:
    """Every promise of `GraphStore` that does not depend on the engine."""

    # What is committed is what is read

    @settings(
        max_examples=15,
        phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],  # explaining is slow
        suppress_health_check=[
            HealthCheck.function_scoped_fixture,
            HealthCheck.differing_executors,
            HealthCheck.too_slow,
        ],
    )
    @given(first=graphs(), second=graphs())
    def test_what_is_read_is_what_was_committed_whatever_it_holds(
        self, store: GraphStore, first: dict[str, Resource], second: dict[str, Resource]
    ) -> None:
        """Added, changed into anything else, and removed: the graph and its journal agree."""
        writer = Writer(store)
        base = store.revision()

        added = writer.put(*first.values())
        assert (added, first) == store.read()
        changed = writer.put(*second.values())
        assert (changed, second) == store.read()

        replayed: dict[str, Resource | None] = {}
        for event in store.events_since(base):
            replayed[event.uid] = redo(event, replayed.get(event.uid))
        assert second == replayed

        removed = writer.remove(*second)
        assert (removed, {}) == store.read()

    def test_a_filesystem_with_ten_thousand_inputs_is_kept_and_changed(
        self, store: GraphStore, writer: Writer
    ) -> None:
        """ost-0 .. ost-9999 --> scratch; then one target and its link go."""
        targets = [resource(f"ost-{n}", "ObjectStorageTarget") for n in range(10_000)]
        filesystem = resource("scratch", "LustreFilesystem", parents=[one.uid for one in targets])
        writer.put(*targets, filesystem)
        smaller = resource("scratch", "LustreFilesystem", parents=[one.uid for one in targets[1:]])

        writer.commit(Change("ost-0", targets[0], None), Change("scratch", filesystem, smaller))

        _, found = store.read()
        assert 10_000 == len(found)
        assert smaller == found["scratch"]

    def test_operators_see_attributes_as_the_plugin_named_them_and_all_classes(
        self, store: GraphStore, writer: Writer
    ) -> None:
        """A node is the resource: its labels are its classes, its properties its attributes."""
        writer.put(resource("d", attributes={"capacity": 2**40, "status": "ok", "state": "idle"}))

        found = store.query("MATCH (n:PhysicalDisk {uid: 'd'}) RETURN n")

        ((node,),) = found.rows
        assert isinstance(node, dict)
        assert ["HardDrive", "PhysicalDisk", "Resource"] == node["labels"]
        said = node["properties"]
        assert (2**40, "ok", "idle") == (said["capacity"], said["status"], said["state_"])
        assert ("HardDrive d", [EAST], "OK") == (
            said["label"],
            said["reporters"],
            said["own_state"],
        )
        assert "claims" not in said

    def test_operators_see_links_with_what_joined_them(
        self, store: GraphStore, writer: Writer
    ) -> None:
        """disk --PROVIDES{scsi_serial: 5000}--> lun"""
        joined = Input("disk", LinkKind.PROVIDES, groups=("views",), via="scsi_serial=5000")
        lun = replace(resource("lun", "LogicalDrive"), joined=(joined,))
        writer.put(resource("disk"), lun)

        found = store.query("MATCH (a)-[r:PROVIDES]->(b) RETURN a.uid, r, b.uid")

        properties = {"groups": ["views"], "key": "scsi_serial", "value": "5000"}
        ((source, link, target),) = found.rows
        assert ("disk", "lun") == (source, target)
        assert isinstance(link, dict)
        assert properties == link["properties"]

    def test_operators_see_alerts_on_their_resource_until_they_end(
        self, store: GraphStore, writer: Writer
    ) -> None:
        """An alert is one node however its message changes, and gone when it ends."""
        query = "MATCH (a:Alert)-[:ON]->(n:Resource) RETURN n.uid, a.severity, a.message"
        writer.put(resource("d", alerts=[Alert("hot", "warning", "50 C", 1.0)]))
        writer.put(resource("d", alerts=[Alert("hot", "error", "70 C", 1.0)]))

        raised = store.query(query).rows
        writer.put(resource("d"))

        assert (("d", "error", "70 C"),) == raised
        assert () == store.query(query).rows

    def test_operators_see_no_alert_of_hearsay_where_somebody_knows(
        self, store: GraphStore, writer: Writer
    ) -> None:
        """The claim is kept; it counts again once it is the only one."""
        heard = hearsay(resource("d", alerts=[Alert("unchecked", "info", "?", 7.0)]))
        both = also_claimed(heard, resource("d", scope=WEST))
        query = "MATCH (a:Alert)-[:ON]->(n:Resource) RETURN a.message"

        writer.put(both)
        assert both == store.read()[1]["d"]
        assert () == store.query(query).rows

        writer.put(heard)
        assert heard == store.read()[1]["d"]
        assert (("?",),) == store.query(query).rows

    def test_a_resource_that_two_scopes_claim_keeps_both_claims(
        self, store: GraphStore, writer: Writer
    ) -> None:
        """One node with the labels of both; it loses those of the one that lets go."""
        east = resource("d", "HardDrive", attributes={"slot": 4})
        west = resource("d", "SmartDisk", attributes={"hours": 9}, scope=WEST)
        both = also_claimed(east, west)
        labels = "MATCH (n:Resource {uid: 'd'}) UNWIND labels(n) AS name RETURN name ORDER BY name"

        writer.put(east)
        writer.put(both)
        assert both == store.read()[1]["d"]
        assert (("HardDrive",), ("PhysicalDisk",), ("Resource",), ("SmartDisk",)) == store.query(
            labels
        ).rows

        writer.put(west)
        assert west == store.read()[1]["d"]
        assert (("PhysicalDisk",), ("Resource",), ("SmartDisk",)) == store.query(labels).rows

    def test_a_change_of_class_keeps_the_links_on_both_sides(
        self, store: GraphStore, writer: Writer
    ) -> None:
        """enclosure --> d --> pool, where d turns out to be another kind of disk"""
        writer.put(
            resource("enclosure", "Enclosure"),
            resource("d", "HardDrive", parents=["enclosure"]),
            resource("pool", "StoragePool", parents=["d"]),
        )

        writer.put(resource("d", "SmartDisk", parents=["enclosure"]))

        path = "MATCH (a)-[:PARENT_OF]->(b:SmartDisk)-[:PARENT_OF]->(c) RETURN a.uid, b.uid, c.uid"
        assert (("enclosure", "d", "pool"),) == store.query(path).rows
        assert () == store.query("MATCH (n:HardDrive) RETURN n.uid").rows

    @pytest.mark.parametrize("name", ["Disk`) DETACH DELETE (n", "Größe", "1st", "", "A B"])
    def test_a_class_name_that_is_no_label_is_refused(
        self, store: GraphStore, writer: Writer, name: str
    ) -> None:
        """Class names stand in statements, so none that could be more than a name gets there."""
        with pytest.raises(InvalidValue, match="a class name has ASCII letters"):
            writer.put(resource("d", name))

        assert {} == store.read()[1]

    # Whole or not at all

    def test_a_change_that_cannot_be_made_whole_leaves_nothing(
        self, store: GraphStore, writer: Writer
    ) -> None:
        """A link from a resource that does not exist takes the whole change back."""
        before = store.revision()

        with pytest.raises(DeltaRejected, match="ghost"):
            writer.put(resource("d"), resource("pool", "StoragePool", parents=["d", "ghost"]))

        assert (before, {}) == store.read()
        assert [] == store.events()

    def test_a_resource_that_another_still_names_is_not_removed(
        self, store: GraphStore, writer: Writer
    ) -> None:
        """Else the graph would not be what was committed: the pool would have lost an input."""
        disk = resource("d")
        writer.put(disk, resource("pool", "StoragePool", parents=["d"]))

        with pytest.raises(DeltaRejected, match="'pool' still names it"):
            writer.remove("d")

        assert disk == store.read()[1]["d"]

    def test_resources_that_name_each_other_go_together(
        self, store: GraphStore, writer: Writer
    ) -> None:
        """No link or alert stays behind of what is removed."""
        disk = resource("d", alerts=[Alert("hot", "error", "hot", 1.0)])
        writer.put(disk, resource("pool", "StoragePool", parents=["d"]))

        writer.remove("d", "pool")

        assert [{"n": 0}] == raw(store, "MATCH (n:Alert) RETURN count(n) AS n")
        assert {} == store.read()[1]

    def test_adding_what_is_there_already_is_refused(
        self, store: GraphStore, writer: Writer
    ) -> None:
        """A uid is one resource, whatever class it is said to have."""
        writer.put(resource("d"))

        with pytest.raises(DeltaRejected, match="already holds"):
            writer.commit(Change("d", None, resource("d", "Fan")))

        assert resource("d") == store.read()[1]["d"]

    # One writer at a time

    def test_a_change_worked_out_at_another_revision_is_refused(
        self, store: GraphStore, writer: Writer
    ) -> None:
        """Whoever works on an old picture must look again."""
        base = store.revision()
        writer.put(resource("d"))
        late = Changes(base=base, at=1.0, changes=(Change("e", None, resource("e")),))

        with pytest.raises(RevisionMoved, match=f"at revision {base + 1}.* worked out at {base}"):
            store.commit(late, writer.lease)

        assert (base + 1, {"d": resource("d")}) == store.read()

    def test_of_writers_that_race_from_one_revision_exactly_one_wins(
        self, store: GraphStore, writer: Writer
    ) -> None:
        """The others are told, and the revision moves once."""
        base = store.revision()
        outcomes = []

        def write(uid: str) -> None:
            change = Change(uid, None, resource(uid))
            try:
                store.commit(Changes(base=base, at=1.0, changes=(change,)), writer.lease)
                outcomes.append(uid)
            except RevisionMoved:
                outcomes.append("moved")

        racers = [threading.Thread(target=write, args=[f"d-{n}"]) for n in range(4)]
        for racer in racers:
            racer.start()
        for racer in racers:
            racer.join()

        revision, found = store.read()
        assert base + 1 == revision
        assert [*found, *["moved"] * 3] == sorted(outcomes)

    def test_the_old_holder_of_a_lease_writes_nothing_any_more(
        self, store: GraphStore, writer: Writer
    ) -> None:
        """Taking a lease ends the one before, however alive its holder feels."""
        store.take_lease(ADMIN, "another")
        before = store.read()

        with pytest.raises(LeaseLost, match="'test' does not hold scope 'admin' any more"):
            writer.put(resource("d"))
        with pytest.raises(LeaseLost):
            store.release(writer.lease)

        assert before == store.read()

    def test_a_lease_nobody_took_is_no_lease(self, store: GraphStore, writer: Writer) -> None:
        """Holder and epoch must both be right."""
        taken = writer.lease

        for forged in (
            replace(taken, holder="somebody"),
            replace(taken, epoch=taken.epoch + 1),
            Lease("unknown", taken.epoch, taken.holder),
        ):
            with pytest.raises(LeaseLost):
                store.release(forged)

        store.release(taken)
        assert "" == store.held(ADMIN).holder

    # The journal

    def test_events_come_in_whole_revisions_however_small_the_page(
        self, store: GraphStore, writer: Writer
    ) -> None:
        """Who follows the journal is at a revision after every page."""
        base = store.revision()
        first = writer.put(*(resource(f"d-{n}") for n in range(3)))
        second = writer.put(resource("e"))

        page = store.events_since(base, limit=2)
        rest = store.events_since(page[-1].revision, limit=2)

        assert ["d-0", "d-1", "d-2"] == [event.uid for event in page]
        assert [("e", second, "added")] == [(one.uid, one.revision, one.kind) for one in rest]
        assert first == page[-1].revision
        assert [] == store.events_since(second)

    def test_the_latest_events_come_first_for_one_resource_or_for_all(
        self, store: GraphStore, writer: Writer
    ) -> None:
        """People read history backwards."""
        writer.put(resource("d"))
        writer.put(resource("e"))
        writer.put(resource("d", own=EXACTLY[State.FAILED]))
        writer.remove("d")

        kinds = [(event.uid, event.kind) for event in store.events(limit=3)]

        assert [("d", "removed"), ("d", "changed"), ("e", "added")] == kinds
        assert ["removed", "changed", "added"] == [one.kind for one in store.events("d")]

    def test_events_go_on_where_a_page_of_them_ended(
        self, store: GraphStore, writer: Writer
    ) -> None:
        """Going on before the last one's seq gives each event once."""
        writer.put(*(resource(f"d-{n}") for n in range(3)))
        writer.put(resource("d-1", own=EXACTLY[State.FAILED]))
        every = store.events()

        page = store.events(limit=2)
        rest = store.events(before=page[-1].seq)

        assert every == page + rest
        assert every[-2:-1] == store.events("d-1", before=every[0].seq)

    def test_the_graph_is_told_as_it_was_at_any_time(
        self, store: GraphStore, writer: Writer
    ) -> None:
        """Between two commits it is as after the first; before all of them it is empty."""
        pictures: dict[float, dict[str, Resource]] = {5.0: {}}
        for at, change in (
            (10.0, Change("d", None, resource("d"))),
            (20.0, Change("e", None, resource("e", "Fan"))),
            (30.0, Change("d", resource("d"), resource("d", own=EXACTLY[State.FAILED]))),
            (40.0, Change("e", resource("e", "Fan"), None)),
        ):
            writer.commit(change, at=at)
            pictures[at] = pictures[at + 9] = store.read()[1]

        told = {at: dict(replica_at(store, at).resources) for at in pictures}

        assert pictures == told

    def test_history_is_forgotten_from_the_oldest_on_and_says_so(
        self, store: GraphStore, writer: Writer
    ) -> None:
        """What is kept is told as before; what is not is an error, not another graph."""
        for day in range(1, 6):
            writer.commit(Change(f"d-{day}", None, resource(f"d-{day}")), at=day * 86_400.0)
        lease = store.take_lease(PUBLISHER, "test")
        then = dict(replica_at(store, 3.5 * 86_400).resources)

        forgotten = store.forget_events(3.2 * 86_400, lease)

        assert (3, 0) == (forgotten, store.forget_events(3.2 * 86_400, lease))
        assert ["d-5", "d-4"] == [event.uid for event in store.events()]
        assert then == dict(replica_at(store, 3.5 * 86_400).resources)
        with pytest.raises(HistoryForgotten, match="is kept since 1970-01-04T00:00:00Z"):
            replica_at(store, 2.5 * 86_400)

    def test_who_does_not_publish_forgets_nothing(self, store: GraphStore, writer: Writer) -> None:
        """Two that forget at once could leave a hole that neither knows of."""
        writer.commit(Change("d", None, resource("d")), at=1.0)
        late = store.take_lease(PUBLISHER, "serve-1")
        store.take_lease(PUBLISHER, "serve-2")

        with pytest.raises(LeaseLost):
            store.forget_events(2.0, late)

        assert 1 == len(store.events())

    def test_who_comes_back_after_what_is_kept_reads_the_graph_anew(
        self, store: GraphStore, writer: Writer
    ) -> None:
        """A follower that slept too long must not go on from a hole in the journal."""
        follower = Follower(store)
        writer.commit(Change("d", None, resource("d")), at=1.0)
        follower.catch_up()
        writer.commit(Change("e", None, resource("e")), at=2.0)
        writer.commit(Change("f", None, resource("f")), at=3.0)
        store.forget_events(2.5, store.take_lease(PUBLISHER, "test"))

        followed = follower.catch_up()

        assert (3, ["d", "e", "f"]) == (followed.revision, sorted(followed.resources))

    def test_a_revision_of_classes_alone_is_followed_without_reading_anew(
        self, store: GraphStore, writer: Writer
    ) -> None:
        """It has no events, and loses nothing."""
        writer.put(resource("d"))
        follower = Follower(store)
        before = follower.catch_up()
        revision = writer.commit(classes=[DISK_CLASS])

        followed = follower.catch_up()

        assert before is followed
        assert revision == followed.revision

    def test_published_states_are_for_queries_only(self, store: GraphStore, writer: Writer) -> None:
        """They move no revision, are no event and are never read back."""
        revision = writer.put(resource("d"), resource("e"))
        graph = store.read()[1]

        said = {
            "d": Published(EXACTLY[State.CRITICAL], ("e",), 0, ("fs", "ost"), ("ost",)),
            "e": Published(UNKNOWN),
            "gone": Published(OK),
        }
        lease = store.take_lease(PUBLISHER, "test")
        store.publish(said, revision, lease)

        assert (revision, graph) == store.read()
        assert [] == store.events_since(revision)
        found = store.query(
            "MATCH (n:Resource) WHERE n.state <> 'OK' "
            "RETURN n.uid, n.state, n.state_low, n.state_high, n.state_revision ORDER BY n.uid"
        )
        assert (
            ("d", "CRITICAL", "CRITICAL", "CRITICAL", revision),
            ("e", "UNKNOWN", "OK", "FAILED", revision),
        ) == found.rows
        beside = (
            "MATCH (n:Resource {uid: 'd'}) RETURN n.root_causes, n.redundancy_left, "
            "n.single_point_of, n.new_single_point_of"
        )
        assert ((["e"], 0, ["fs", "ost"], ["ost"]),) == store.query(beside).rows

        store.publish({"d": Published(OK)}, revision, lease)

        assert ((None, None, None, None),) == store.query(beside).rows

    def test_a_published_state_stays_while_its_resource_changes(
        self, store: GraphStore, writer: Writer
    ) -> None:
        """A commit writes what it changes and nothing else."""
        writer.put(resource("d"))
        said = {"d": Published(EXACTLY[State.FAILED])}
        store.publish(said, 1, store.take_lease(PUBLISHER, "test"))

        writer.put(resource("d", attributes={"slot": 1}))

        assert (("FAILED", 1),) == store.query("MATCH (n:HardDrive) RETURN n.state, n.slot").rows

    # Operators' queries

    @pytest.mark.parametrize("query", WRITES)
    def test_the_database_refuses_operators_queries_that_write(
        self, store: GraphStore, writer: Writer, query: str
    ) -> None:
        """Whatever a query is made of, it changes nothing."""
        writer.put(resource("d", attributes={"capacity": 1}))
        before = store.read(), store.scannables(), raw(store, "MATCH (n) RETURN count(n) AS n")

        with pytest.raises(QueryRefused):
            store.query(query)

        assert before == (
            store.read(),
            store.scannables(),
            raw(store, "MATCH (n) RETURN count(n) AS n"),
        )

    @pytest.mark.parametrize("query", REACHES_OUT)
    def test_operators_queries_reach_nothing_but_the_graph(
        self, store: GraphStore, writer: Writer, query: str
    ) -> None:
        """No file, no network, no other user, no setting of the server."""
        writer.put(resource("d"))

        with pytest.raises(QueryRefused):
            store.query(query)

    @pytest.mark.parametrize(
        "query",
        [
            "RETURN 'LOAD CSV FROM x' AS said",
            "MATCH (n:Resource) /* LOAD CSV */ RETURN n.uid // CREATE",
            "MATCH (n) WHERE n.`LOAD CSV` IS NULL RETURN count(n) > 0",
        ],
    )
    def test_words_alone_are_no_reason_to_refuse(self, store: GraphStore, query: str) -> None:
        """A refusal rests on what a query does."""
        assert not store.query(query).truncated

    def test_a_query_that_would_run_for_ever_is_ended(self, store: GraphStore) -> None:
        """The caller is free soon after its time is up."""
        started = time.monotonic()

        with pytest.raises(QueryRefused, match="ran over its time limit"):
            store.query(
                "UNWIND range(1, 1000000) AS a UNWIND range(1, 1000000) AS b "
                "WITH a WHERE a < 0 RETURN count(*)",
                seconds=1,
            )

        assert time.monotonic() - started < 10

    def test_a_query_returns_no_more_rows_than_its_limit(self, store: GraphStore) -> None:
        """And says that there were more."""
        query = "UNWIND range(1, $most) AS n RETURN n"

        found = store.query(query, {"most": 100_000}, row_limit=3)

        assert ((1,), (2,), (3,)) == found.rows
        assert found.truncated
        assert not store.query(query, {"most": 3}, row_limit=3).truncated

    def test_a_wrong_query_is_told_where_it_is_wrong(self, store: GraphStore) -> None:
        """Line and column are those of the operator's own text, from 1."""
        with pytest.raises(QueryRefused, match=r"refused at line 2, column 1: .*RETRN"):
            store.query("MATCH (n:Resource)\nRETRN n")

    @pytest.mark.parametrize("query", ["", "RETURN $missing", "RETURN 1/0", "RETURN 1; RETURN 2"])
    def test_a_query_that_cannot_run_is_refused_in_words(
        self, store: GraphStore, query: str
    ) -> None:
        """Whatever the database says arrives as a refusal."""
        with pytest.raises(QueryRefused, match="the query was refused"):
            store.query(query)

    @pytest.mark.parametrize(("query", "value"), [("RETURN $x", 2**64), ("RETURN '\udcff'", 0)])
    def test_what_no_database_can_be_sent_is_refused_in_words(
        self, store: GraphStore, query: str, value: int
    ) -> None:
        """A number of more than 64 bits, and a byte of the command line that is no text."""
        with pytest.raises(QueryRefused, match=r"cannot be sent .* have at most 64 bits"):
            store.query(query, {"x": value})

    def test_whatever_a_query_returns_is_json(self, store: GraphStore, writer: Writer) -> None:
        """Nodes, links, paths, times, and numbers that JSON does not have."""
        writer.put(resource("d"), resource("pool", "StoragePool", parents=["d"]))

        found = store.query(
            "MATCH path = (a {uid: 'd'})-[r]->(b) RETURN path, a, r, [a.uid, null] AS uids, "
            "{b: b.uid} AS named, date('2026-11-23') AS day, duration('P1D') AS long, "
            "datetime('2026-11-23T01:02:03Z') AS at, point({x: 1.0, y: 2.0}) AS place, "
            "0.0 / 0.0 AS nothing"
        )

        assert found.rows == tuple(map(tuple, json.loads(json.dumps(found.rows))))
        row = dict(zip(found.columns, found.rows[0], strict=True))
        assert (["d", None], {"b": "pool"}, "2026-11-23", "nan", [1.0, 2.0]) == (
            row["uids"],
            row["named"],
            row["day"],
            row["nothing"],
            row["place"],
        )
        path = row["path"]
        assert isinstance(path, dict)
        assert ["d", "pool"] == [node["properties"]["uid"] for node in path["nodes"]]
        assert [("PARENT_OF", "d", "pool")] == [
            (link["type"], link["source"], link["target"]) for link in path["links"]
        ]

    # Classes, scannables and leases

    def test_classes_are_kept_as_data(self, store: GraphStore, writer: Writer) -> None:
        """With a commit or by themselves; the latest of a name holds."""
        writer.put(resource("d"), classes=[DISK_CLASS])
        assert {"HardDrive": DISK_CLASS} == store.classes()

        newer = replace(DISK_CLASS, label="Disk drive")
        store.save_classes([newer])
        assert {"HardDrive": newer} == store.classes()

    def test_a_scannable_is_kept_with_its_settings_and_their_version(
        self, store: GraphStore
    ) -> None:
        """Every change of settings is a greater version, so that a session notices."""
        added = store.add_scannable(
            "s-1", plugin="array", class_name="Array", settings={"failed": ["d-1"]}
        )
        assert [added] == store.scannables()

        version = store.set_settings("s-1", {"failed": []})
        store.report_status("s-1", {"scans": 3}, epoch=0)

        assert [replace(added, settings={"failed": []}, version=version, status={"scans": 3})] == (
            store.scannables()
        )
        assert added.version < version

    def test_a_removed_scannable_is_gone_and_removing_it_again_changes_nothing(
        self, store: GraphStore
    ) -> None:
        """Only the administrators' own lease, which is no scannable, always stays."""
        store.add_scannable("s-1", plugin="array", class_name="Array", settings={})

        store.remove_scannable("s-1")
        store.remove_scannable("s-1")

        assert [] == store.scannables()
        with pytest.raises(ResourceNotFound, match="no scannable is called 's-1'"):
            store.take_lease("s-1", "me")

    def test_a_scannable_is_added_once(self, store: GraphStore) -> None:
        """Adding is not changing."""
        store.add_scannable("s-1", plugin="array", class_name="Array", settings={"a": 1})

        with pytest.raises(UsageError, match="'s-1' exists already"):
            store.add_scannable("s-1", plugin="array", class_name="Array", settings={"a": 2})

        assert [{"a": 1}] == [dict(one.settings) for one in store.scannables()]

    def test_a_lease_shows_who_scans_and_when_that_was_last_alive(self, store: GraphStore) -> None:
        """Taking it again is a later epoch; a beat of its holder is a sign of life."""
        store.add_scannable("s-1", plugin="array", class_name="Array", settings={})

        first = store.take_lease("s-1", "runtime-1")
        second = store.take_lease("s-1", "runtime-2")
        taken_at = store.scannables()[0].beat
        store.beat("runtime-2")

        (held,) = store.scannables()
        assert first.epoch < second.epoch
        assert ("runtime-2", second.epoch) == (held.holder, held.epoch)
        assert 0 < taken_at <= held.beat

    def test_of_two_that_saw_a_lease_free_one_gets_it(self, store: GraphStore) -> None:
        """Both see the same holder fall silent; the second is told that it came too late."""
        store.add_scannable("s-1", plugin="array", class_name="Array", settings={})
        seen = store.held("s-1")
        first = store.take_lease("s-1", "runtime-1", seen=seen)

        with pytest.raises(LeaseLost, match="'runtime-2' did not get scope 's-1'"):
            store.take_lease("s-1", "runtime-2", seen=seen)

        assert ("runtime-1", first.epoch) == (store.held("s-1").holder, store.held("s-1").epoch)

    def test_the_status_of_a_former_holder_is_not_written(self, store: GraphStore) -> None:
        """What it says late is about a session that is no more."""
        store.add_scannable("s-1", plugin="array", class_name="Array", settings={})
        first = store.take_lease("s-1", "runtime-1")
        second = store.take_lease("s-1", "runtime-2")
        store.report_status("s-1", {"scans": 7}, epoch=second.epoch)

        store.report_status("s-1", {"scans": 1}, epoch=first.epoch)

        assert {"scans": 7} == store.scannables()[0].status

    def test_states_are_published_by_the_holder_of_the_publishers_lease_alone(
        self, store: GraphStore, writer: Writer
    ) -> None:
        """Two that write in turn would leave a mix of two revisions."""
        revision = writer.put(resource("d"))
        first = store.take_lease(PUBLISHER, "serve-1")
        store.publish({"d": Published(OK)}, revision, first)
        store.take_lease(PUBLISHER, "serve-2")

        with pytest.raises(LeaseLost):
            store.publish({"d": Published(UNKNOWN)}, revision, first)

        assert (("OK",),) == store.query("MATCH (n:Resource) RETURN n.state").rows

    def test_a_commit_is_a_sign_of_life_of_its_scope(self, store: GraphStore) -> None:
        """Who writes is alive."""
        store.add_scannable("s-1", plugin="array", class_name="Array", settings={})
        lease = store.take_lease("s-1", "runtime-1")
        taken: Scannable = store.scannables()[0]

        store.commit(Changes(base=store.revision(), at=1.0), lease)

        assert taken.beat < store.scannables()[0].beat
