"""The plugin host on a real store: what it takes up, lets go and begins anew."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import pytest
from store_engines import emptied, raw

from plugin_runtime.hosting.host import SCAN_SECONDS, Host
from topology.delta import Delta
from topology.ingest.ingest import Ingest
from topology.model import Scope
from topology.schema import ResourceClass
from topology.site_key import SiteKey
from topology.state import UNKNOWN, Interval
from topology.statistics import StatisticsStore
from topology.store.graph_store import GraphStore
from topology.store.holder import Holder
from topology.store.values import Scannable

_PATIENCE_SECONDS = 30
_BOX = "box"
_PLUGIN = '''
"""A box with one widget in it."""

from plugin_runtime import attributes
from plugin_runtime.plugin import StoragePlugin
from plugin_runtime.resource import GlobalId, ScannableId, ScannableStorageResource, StorageResource


class Box(ScannableStorageResource):
    name = attributes.String()
    colour = attributes.String(default="")
    identifier = GlobalId("name")


class Widget(StorageResource):
    number = attributes.Integer()
    identifier = ScannableId("number")


class BoxPlugin(StoragePlugin[Box]):
    def initial_scan(self, root: Box) -> None:
        self.update_or_create(Widget, number=1)
'''
_HANGS = """        import threading
        threading.Event().wait()"""


@pytest.fixture
def store(embedded_store: GraphStore) -> GraphStore:
    return emptied(embedded_store)


@pytest.fixture
def running(store: GraphStore, tmp_path: Path) -> Iterator[None]:
    """A host that serves the store with the plugin of this module."""
    stopping = threading.Event()
    host = new_host(store, tmp_path)
    thread = threading.Thread(target=host.run, args=[stopping])
    thread.start()
    yield
    stopping.set()
    thread.join(_PATIENCE_SECONDS)
    assert not thread.is_alive()


def new_host(
    store: GraphStore,
    directory: Path,
    *,
    plugin: str = _PLUGIN,
    scan_seconds: float = SCAN_SECONDS,
    clock: Callable[[], float] = time.monotonic,
) -> Host:
    """Return a host that has one plugin."""
    file = directory / "boxes.py"
    file.write_text(plugin, encoding="utf-8")
    return Host(
        store,
        {"boxes": str(file)},
        holder=Holder(store, "this host", clock=clock),
        site_key=SiteKey(directory / "site.key"),
        statistics=StatisticsStore(directory / "statistics.db"),
        scan_seconds=scan_seconds,
    )


def add_box(store: GraphStore) -> None:
    store.add_scannable(_BOX, plugin="boxes", class_name="Box", settings={"name": "a"})


def awaited(store: GraphStore, is_so: Callable[[Scannable], bool]) -> Scannable:
    """Return the box once it is so."""
    pause = threading.Event()
    for _ in range(_PATIENCE_SECONDS * 20):
        found = store.scannables()
        if found and is_so(found[0]):
            return found[0]
        pause.wait(0.05)
    raise AssertionError(f"it never came so: {found}")


def widgets(store: GraphStore) -> int:
    return sum(one.class_name == "Widget" for one in store.read()[1].values())


def is_ok(box: Scannable) -> bool:
    return box.status.get("phase") == "ok"


@pytest.mark.usefixtures("running")
def test_a_scannable_that_is_removed_and_added_again_is_scanned_again(store: GraphStore) -> None:
    """The host hears of the removal by losing its lease; that must not be for ever."""
    add_box(store)
    box = awaited(store, is_ok)
    lease = store.take_lease(_BOX, "administrator")
    awaited(store, lambda one: one.beat > box.beat and one.holder == "administrator")
    root = next(uid for uid, one in store.read()[1].items() if one.class_name == "Box")
    Ingest(store).apply(Delta(Scope("boxes", root), is_complete=True, is_final=True), lease)
    store.set_settings(_BOX, {"name": "a", "colour": "red"})  # so that it reports, and is refused
    store.remove_scannable(_BOX)

    add_box(store)

    assert "this host" == awaited(store, is_ok).holder
    assert 1 == widgets(store)


@pytest.mark.usefixtures("running")
def test_a_report_that_was_refused_is_made_whole_again_with_the_next_settings(
    store: GraphStore,
) -> None:
    """What is reported later builds on it, so the session begins anew."""
    store.save_classes([ResourceClass("Widget", "another", (), "Widget", "Widgets")])
    add_box(store)
    refused = awaited(store, lambda one: bool(one.status.get("error")))
    raw(store, "MATCH (c:ResourceClass) DELETE c")

    store.set_settings(_BOX, {"name": "a", "colour": "red"})

    awaited(store, is_ok)
    assert "its report was refused" in str(refused.status["error"])
    assert 1 == widgets(store)


def test_a_first_scan_that_does_not_end_is_said_to_be_failing(
    store: GraphStore, tmp_path: Path
) -> None:
    """And a runtime that scans once comes to its end."""
    hanging = _PLUGIN.replace("        self.update_or_create(Widget, number=1)", _HANGS)
    add_box(store)

    host = new_host(store, tmp_path, plugin=hanging, scan_seconds=0.5)
    host.run(threading.Event(), once=True)

    (box,) = store.scannables()
    assert box.status["phase"] == "failing"
    assert "first scan has not ended within 0.5 s" in str(box.status["error"])


def test_an_overdue_scan_is_an_alert_at_once_and_its_end_takes_that_back(
    store: GraphStore, tmp_path: Path
) -> None:
    """The root is UNKNOWN meanwhile: the device answers nobody."""
    go_on = tmp_path / "go_on"
    waits = _PLUGIN.replace(
        "        self.update_or_create(Widget",
        f"""        import pathlib, time
        while not pathlib.Path({str(go_on)!r}).exists():
            time.sleep(0.05)
        self.update_or_create(Widget""",
    )
    add_box(store)
    stopping = threading.Event()
    host = new_host(store, tmp_path, plugin=waits, scan_seconds=0.5)
    thread = threading.Thread(target=host.run, args=[stopping])
    thread.start()
    awaited(store, lambda one: one.status.get("phase") == "failing" and roots(store) != [])
    overdue = roots(store)

    go_on.touch()

    awaited(store, is_ok)
    stopping.set()
    thread.join()
    assert [("unreachable", "error", UNKNOWN)] == overdue
    assert [] == roots(store)


def test_a_first_scan_tells_how_much_it_has_found(store: GraphStore, tmp_path: Path) -> None:
    """It reports one widget after the other until it may end."""
    go_on = tmp_path / "go_on"
    finds = _PLUGIN.replace(
        "        self.update_or_create(Widget, number=1)",
        f"""        import itertools, pathlib, time
        for number in itertools.count():
            self.update_or_create(Widget, number=number)
            if pathlib.Path({str(go_on)!r}).exists():
                break
            time.sleep(0.05)""",
    )
    add_box(store)
    stopping = threading.Event()
    host = new_host(store, tmp_path, plugin=finds)
    thread = threading.Thread(target=host.run, args=[stopping])
    thread.start()

    meanwhile = awaited(store, lambda one: one.found > 1)

    go_on.touch()
    done = awaited(store, is_ok)
    stopping.set()
    thread.join()
    assert "scanning" == meanwhile.status["phase"]
    assert f"first scan running ({meanwhile.found} found)" == meanwhile.first_scan
    assert widgets(store) + 1 == done.found


def roots(store: GraphStore) -> list[tuple[str, str, Interval]]:
    """The alerts on the boxes, and the boxes' own states."""
    return [
        (alert.condition, alert.severity, one.own_state)
        for one in store.read()[1].values()
        if one.class_name == "Box"
        for alert in one.merged.alerts
    ]


def test_what_a_dead_host_leaves_is_taken_over_by_another(
    store: GraphStore, tmp_path: Path, passing: Callable[[], float]
) -> None:
    """Its beats have stopped, and its late status is not written."""
    add_box(store)
    dead = store.take_lease(_BOX, "dead host")
    store.beat("dead host")

    new_host(store, tmp_path, clock=passing).run(threading.Event(), once=True)
    store.report_status(_BOX, {"phase": "failing"}, epoch=dead.epoch)

    (box,) = store.scannables()
    assert is_ok(box)
    assert "" == box.holder, "a host that ends in order gives back what it holds"
    assert 1 == widgets(store)


def test_what_another_host_scans_is_left_to_it(
    store: GraphStore, tmp_path: Path, passing: Callable[[], float]
) -> None:
    """Both have the plugin, one has the lease."""
    add_box(store)
    with Holder(store, "another host") as another:
        another.take(_BOX, store.held(_BOX))
        beating = threading.Event()

        def beat() -> None:
            while not beating.wait(0.05):
                store.beat("another host")

        thread = threading.Thread(target=beat)
        thread.start()

        new_host(store, tmp_path, clock=passing).run(threading.Event(), once=True)

        beating.set()
        thread.join()
    (box,) = store.scannables()
    assert ("another host", {}) == (box.holder, box.status)


@pytest.fixture
def passing() -> Callable[[], float]:
    """A clock on which a second passes at every look."""
    seconds = itertools.count()
    return lambda: float(next(seconds))


def test_samples_and_log_lines_are_kept_and_a_password_reaches_the_plugin(
    store: GraphStore, tmp_path: Path
) -> None:
    """Neither is in the graph: numbers lie beside it, the password is three stars there."""
    sampling = _PLUGIN.replace(
        "    colour =", "    password = attributes.Password()\n    colour ="
    ).replace(
        "    identifier = ScannableId",
        "    heat = statistics.Gauge()\n    identifier = ScannableId",
    )
    sampling = sampling.replace("import attributes\n", "import attributes, statistics\n").replace(
        "        self.update_or_create(Widget, number=1)",
        """        self.update_or_create(Widget, number=1, heat=len(root.password))
        self.log.warning("it is hot", degrees=11)""",
    )
    settings = SiteKey(tmp_path / "site.key").sealed(
        {"name": "a", "password": "open sesame"}, {"password"}
    )
    store.add_scannable(_BOX, plugin="boxes", class_name="Box", settings=settings)

    new_host(store, tmp_path, plugin=sampling).run(threading.Event(), once=True)

    resources = store.read()[1]
    by_class = {one.class_name: one for one in resources.values()}
    (heat,) = StatisticsStore(tmp_path / "statistics.db").series(by_class["Widget"].uid)
    assert [11.0] == [one.mean for one in heat.points]
    (line,) = cast("list[dict[str, object]]", store.scannables()[0].status["log"])
    assert ("warning", "it is hot degrees=11") == (line["level"], line["text"])
    assert {"name": "a", "password": "***", "colour": ""} == by_class["Box"].merged.attributes


def test_another_key_than_the_passwords_is_said_and_ends_nothing(
    store: GraphStore, tmp_path: Path
) -> None:
    """A runtime on a machine that was not given the site's key."""
    sealed = SiteKey(tmp_path / "other.key").sealed({"name": "a", "colour": "red"}, {"colour"})
    SiteKey(tmp_path / "site.key").sealed({"any": "thing"}, {"any"})
    store.add_scannable(_BOX, plugin="boxes", class_name="Box", settings=sealed)

    new_host(store, tmp_path).run(threading.Event(), once=True)

    (box,) = store.scannables()
    assert "the setting 'colour' was encrypted with another key" in str(box.status["error"])


_TWINS = '''
"""A box that has a disk of the same serial number as every other, of its own size."""

from plugin_runtime import attributes, statistics
from plugin_runtime.base_resources import PhysicalDisk
from plugin_runtime.plugin import StoragePlugin
from plugin_runtime.resource import GlobalId, ScannableStorageResource


class Box(ScannableStorageResource):
    name = attributes.String()
    size = attributes.Bytes()
    identifier = GlobalId("name")


class Twin(PhysicalDisk):
    heat = statistics.Gauge(sample_period=0.1)


class BoxPlugin(StoragePlugin[Box]):
    def initial_scan(self, root: Box) -> None:
        self.update_period = 0.2
        self.update_scan(root)

    def update_scan(self, root: Box) -> None:
        twin, _ = self.update_or_create(Twin, serial_number="Z1", capacity=root.size)
        twin.heat = root.size
'''


def test_samples_of_what_is_kept_apart_go_to_the_one_they_are_of(
    store: GraphStore, tmp_path: Path
) -> None:
    """Two disks of one serial number have a curve each."""
    for name, size in (("a", 4000), ("b", 8000)):
        store.add_scannable(
            name, plugin="boxes", class_name="Box", settings={"name": name, "size": size}
        )
    numbers = StatisticsStore(tmp_path / "statistics.db")
    stopping = threading.Event()
    thread = threading.Thread(target=new_host(store, tmp_path, plugin=_TWINS).run, args=[stopping])
    thread.start()
    pause = threading.Event()

    def last_heats() -> list[float]:
        disks = [one for one in store.read()[1].values() if one.class_name == "Twin"]
        series = [one for disk in disks for one in numbers.series(disk.uid) if len(disks) == 2]
        return sorted(one.points[-1].low for one in series)

    for _ in range(_PATIENCE_SECONDS * 20):
        if last_heats() == [4000, 8000]:
            break
        pause.wait(0.05)
    stopping.set()
    thread.join(_PATIENCE_SECONDS)

    assert [4000, 8000] == last_heats()
