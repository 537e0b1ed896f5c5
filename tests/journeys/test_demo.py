"""The demo as a newcomer meets it: real processes, a real store, pages and commands."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from journeys.running_demo import Demo, command, eventually, running_demo

DISK = "couplet0-enc1-slot03"
ENCLOSURE = "couplet0-enc1"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with running_demo(tmp_path_factory.mktemp("demo")) as running:
        yield running


@pytest.fixture(autouse=True)
def _as_it_began(demo: Demo) -> None:
    """Each test finds the site with the one failed disk it starts with."""
    assert demo.command("scannable", "set", "SimulatedSite", f"failed={DISK}", "removed=").code == 0


def states(demo: Demo) -> dict[str, tuple[str, str]]:
    """Return every resource's published state as the store has it for operators."""
    asked = "MATCH (r:Resource) RETURN r.label, r.state, r.own_state ORDER BY r.uid"
    rows = demo.command("cypher", asked, "--json").json["rows"]
    return {label: (state, own) for label, state, own in rows}


def single_points(demo: Demo) -> Any:
    """Return the filesystem's single points of failure as its page's API tells them."""
    (filesystem,) = demo.get_json("/api/v1/filesystems")["items"]
    return demo.get_json(f"/api/v1/filesystems/{filesystem['uid']}/single-points")


def test_the_first_page_says_in_one_sentence_what_is_hit(demo: Demo) -> None:
    """One disk has failed; the filesystem works, but not as well as before."""
    eventually(lambda: "1 thing is broken. scratch is critical" in demo.get("/"))

    assert DISK in demo.get("/")


def test_status_says_the_same_as_the_page(demo: Demo) -> None:
    """And its exit code is that of a service that is not whole."""
    said = demo.command("status")

    assert said.code == 1
    assert said.out.splitlines()[0] in demo.get("/").replace("\n", " ")


def test_a_failed_enclosure_names_what_it_made_into_single_points(demo: Demo) -> None:
    """RAID6 over five enclosures: every other enclosure and disk of its pools can end one now."""
    assert demo.command("scannable", "set", "SimulatedSite", f"failed={ENCLOSURE}").code == 0

    eventually(lambda: f"{ENCLOSURE} failed" in demo.get("/"))
    points = demo.get_json(f"/api/v1/resources/{DISK}/impact")

    assert points["state"] == "FAILED"
    said = demo.command("status").out
    assert "have become single points of failure of scratch" in said
    assert "4 enclosures (couplet0-enc0, couplet0-enc2, couplet0-enc3" in said


@pytest.mark.parametrize("part", [DISK, ENCLOSURE, "couplet0-ctrl0", "oss0", "switch0"])
def test_a_part_that_is_pulled_is_as_lost_as_one_that_failed(demo: Demo, part: str) -> None:
    """The same states and single points, whether it reports its failure or is gone."""
    assert demo.command("scannable", "set", "SimulatedSite", f"failed={part}").code == 0
    failed = demo.command("status", "--json").json
    failed_points = single_points_of(demo)

    assert demo.command("scannable", "set", "SimulatedSite", "failed=", f"removed={part}").code == 0
    removed = demo.command("status", "--json").json

    def services(status: Any) -> dict[str, str]:
        return {one["label"]: one["state"] for one in status["services"]}

    assert services(failed) == services(removed)
    assert failed_points == single_points_of(demo)


def single_points_of(demo: Demo) -> dict[str, Any]:
    """Return the single points of every service by its label."""
    services = demo.command("status", "--json").json["services"]
    shown = [demo.command("show", one["uid"], "--json").json for one in services[:4]]
    return {one["label"]: one["single_points"] for one in shown}


def test_operators_find_the_published_states_in_the_graph(demo: Demo) -> None:
    """WHERE f.state <> 'OK', a moment after the answer."""
    eventually(lambda: states(demo).get("scratch") == ("CRITICAL", "OK"), lambda: states(demo))


def test_operators_cannot_write(demo: Demo) -> None:
    """The database refuses, and nothing is changed."""
    before = states(demo)

    said = demo.command("cypher", "MATCH (r:Resource) DETACH DELETE r")

    assert said.code == 64
    assert states(demo).keys() == before.keys()


def test_a_second_demo_is_refused_with_the_address_of_the_first(demo: Demo) -> None:
    """One demo, one data directory."""
    said = demo.command("demo", "--port", "9")

    assert said.code == 73
    assert demo.address in said.err


def test_an_unknown_id_is_named_with_the_nearest_and_changes_nothing(demo: Demo) -> None:
    """A slip of the finger at three in the morning."""
    said = demo.command("scannable", "set", "SimulatedSite", "failed=couplet0-enc1-slot99")

    assert said.code == 65
    assert "couplet0-enc1-slot99" in said.err
    assert demo.command("status").code == 1


def test_killing_the_engine_loses_nothing_and_the_page_is_right_again(demo: Demo) -> None:
    """kill -9 of the owner process; the next call starts it again."""
    eventually(lambda: states(demo).get("scratch") == ("CRITICAL", "OK"))
    before = states(demo)

    os.kill(owner_of(demo.data_dir), signal.SIGKILL)

    eventually(lambda: "1 thing is broken" in demo.get("/"), seconds=30)
    assert states(demo) == before
    set_again = demo.command("scannable", "set", "SimulatedSite", f"failed={DISK},couplet0-ctrl0")
    assert set_again.code == 0, set_again.err
    eventually(lambda: "2 things are broken" in demo.get("/"))


def owner_of(data_dir: Path) -> int:
    """Return the process that owns the embedded store under `data_dir`."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (process / "cmdline").read_bytes().decode().split("\0")
        except OSError:
            continue  # it has ended meanwhile
        if "topology.store.owner" in arguments and any(str(data_dir) in one for one in arguments):
            return int(process.name)
    raise AssertionError(f"no owner process of {data_dir}")


def test_once_prints_states_and_root_causes(tmp_path: Path) -> None:
    """Without a server: each filesystem with its state word, each root cause with its own."""
    said = command(tmp_path, "demo", "--once")

    assert said.code == 0, said.err
    lines = [line.split() for line in said.out.splitlines()]
    assert ["◆", "CRITICAL", "scratch"] in lines
    assert ["✕", "FAILED", DISK] in [words[:3] for words in lines]
