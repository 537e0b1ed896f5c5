"""Measures side by side in one run and prints ratios: `make bench`. Nothing here passes or fails.

Each figure is the median of its repetitions; the machine and versions are printed with them.
"""

from __future__ import annotations

import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

import networkx as nx
from bench.store_rows import rows as ingest_rows
from rich.console import Console
from rich.table import Table

from plugin_runtime.loader import load_plugin
from plugin_runtime.session import Session
from topology.delta import Delta
from topology.gates import Needs, Tolerates
from topology.impact import design_of, judge
from topology.impact.layout import InputGroup, Layout
from topology.ingest import Ingest
from topology.layout import layout_of
from topology.live import LiveTopology
from topology.reconcile import reconcile
from topology.replica import Replica
from topology.settings import Settings
from topology.state import State
from topology.store import open_store
from topology.store.graph_store import GraphStore
from topology.store.values import Lease

COUPLETS = 10
OSTS_A_COUPLET = 16
DISK = "couplet0-enc1-slot03"
_INDEX = "CREATE CONSTRAINT bench IF NOT EXISTS FOR (n:Bench) REQUIRE n.uid IS UNIQUE"
_RAW = "UNWIND $rows AS row MERGE (n:Bench {uid: row.uid}) SET n += row.props"


def main() -> None:
    """Run every benchmark and print one table."""
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        + ", ".join(
            f"{name} {version(name)}" for name in ("networkx", "neo4j", "arcadedb-embedded")
        )
    )
    session = site()
    delta = session.initial_scan()
    table = Table("what", "this", "beside it", "ratio")
    for row in (*engine_rows(delta), *store_rows(session, delta), *ingest_rows()):
        table.add_row(*row)
    Console(width=120).print(table)


def site() -> Session:
    """Return a session on the simulated site that is measured."""
    plugin = load_plugin("simulated_site")
    settings = {"couplets": COUPLETS, "osts": OSTS_A_COUPLET, "oss_pairs": 2}
    return Session(plugin.plugin_class, plugin.root_class("SimulatedSite"), settings)


def engine_rows(delta: Delta) -> list[tuple[str, str, str, str]]:
    """Measure judging a whole site beside the plainest gates on a networkx graph."""
    replica = Replica()
    replica.commit(reconcile(replica, delta, at=0.0), 1)
    layout = layout_of(replica.resources)
    graph = graph_of(layout)
    gates = seconds(lambda: networkx_gates(graph, layout))
    by_design = seconds(lambda: design_of(layout))
    design = design_of(layout)
    judged = seconds(lambda: judge(layout, design))
    count = f"{len(layout.parts):,} resources"
    return [
        row(f"single points by design, {count}", by_design, "gates alone on networkx", gates),
        row(f"states, reasons, single points, {count}", judged, "gates alone on networkx", gates),
    ]


def graph_of(layout: Layout) -> nx.DiGraph[str]:
    """Return the layout's links as a networkx graph."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(layout.parts)
    for uid, part in layout.parts.items():
        graph.add_edges_from((source, uid) for group in part.groups for source in group.members)
    return graph


def networkx_gates(graph: nx.DiGraph[str], layout: Layout) -> Mapping[str, State]:
    """Evaluate the gates of a site without cycles in networkx's own order."""
    states: dict[str, State] = {}
    for uid in nx.topological_sort(graph):
        part = layout.parts[uid]
        found = [
            min(group.cap, gate([part.map_of(one)(states[one]) for one in group.members], group))
            for group in part.groups
        ]
        states[uid] = max([part.own.low, *found])
    return states


def gate(inputs: list[State], group: InputGroup) -> State:
    """Evaluate one k-of-n gate; the benchmark's site has no other."""
    match group.gate:
        case Tolerates(failures):
            tolerated = failures
        case Needs(needed):
            tolerated = group.size - needed
        case _:
            raise ValueError("the benchmark's site has no rules")
    worst = sorted(inputs + [State.FAILED] * (group.size - len(inputs)), reverse=True)
    failed = sum(state.has_ended for state in worst)
    if failed > tolerated:
        return State.FAILED
    if tolerated == 0:
        return worst[0]
    lost = State.CRITICAL if failed == tolerated else State.DEGRADED if failed else State.OK
    return max(worst[tolerated], lost or min(worst[0], State.DEGRADED))


def store_rows(session: Session, delta: Delta) -> list[tuple[str, str, str, str]]:
    """Measure the whole way in beside the engine's own upserts, then one event's way to a view."""
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory,
        open_store(Settings(data_dir=Path(directory))) as store,
    ):
        lease = _warm(store, delta)
        rows = [
            {"uid": uid, "props": dict(claim.attributes)} for uid, claim in delta.reported.items()
        ]
        raw = seconds(lambda: _raw(store, rows), times=1)
        ingest = Ingest(store)
        ingest.apply(delta, lease)
        live = LiveTopology(store)
        read = seconds(live.refresh, times=1)

        def event(failed: str) -> None:
            change = session.assign({"failed": failed}).then(session.update_scan())
            ingest.apply(change, lease)
            live.refresh()

        one = statistics.median(
            seconds(lambda failed=failed: event(failed), times=1)  # type: ignore[misc]
            for failed in (DISK, "", DISK, "", DISK)
        )
    beside = "UNWIND-MERGE of its nodes alone"
    return [
        row("read and judge the whole site", read, beside, raw),
        row("one disk's failure until the answer is there", one, "read and judge", read),
    ]


def _warm(store: GraphStore, delta: Delta) -> Lease:
    """Let the engine compile and make its types, so that the first scan is not its first work."""
    scannable = delta.scope.scannable
    store.add_scannable(scannable, plugin="bench", class_name="Bench", settings={})
    lease = store.take_lease(scannable, "bench")
    store._engine.execute(_INDEX, {}, seconds=120)
    for _ in range(3):
        Ingest(store).apply(delta, lease)
        Ingest(store).apply(Delta(delta.scope, is_complete=True, is_final=True), lease)
    return lease


def _raw(store: GraphStore, rows: Sequence[Mapping[str, object]]) -> None:
    store._engine.execute(_RAW, {"rows": list(rows)}, seconds=120)


def seconds(work: Callable[[], object], *, times: int = 5) -> float:
    """Return the median time of `work`."""
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


def row(what: str, this: float, beside: str, other: float) -> tuple[str, str, str, str]:
    """Return a line of the table."""
    return what, f"{this * 1e3:,.1f} ms", f"{other * 1e3:,.1f} ms  {beside}", f"{this / other:.2f}"


if __name__ == "__main__":
    main()
