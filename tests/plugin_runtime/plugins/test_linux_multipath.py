"""Multipath maps: paths, the drive behind them, and how much of them is left."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from linux_hosts import captured, fixture, of_class, scanned

from plugin_runtime.plugins.linux_host import multipath
from plugin_runtime.plugins.linux_host.facts import MultipathMap
from topology.errors import InvalidFile
from topology.model import Provision

WWID = "36001405c0ffee0000000000000000a01"


def path(
    device: str, dm: str = "active", checker: str = "ready", kernel: str = "running"
) -> object:
    """Return a path as multipathd writes it."""
    return {"dev": device, "dev_t": "8:16", "dm_st": dm, "chk_st": checker, "dev_st": kernel}


def maps(*paths: object, name: str = "mpatha", sysfs: str = "dm-0", wwid: str = WWID) -> str:
    """Return one map as `multipathd show maps json` writes it."""
    groups = [{"dm_st": "active", "paths": [one]} for one in paths]
    return json.dumps(
        {
            "major_version": 0,
            "maps": [{"name": name, "uuid": wwid, "sysfs": sysfs, "path_groups": groups}],
        },
        indent=1,
    )


@pytest.mark.parametrize(
    ("words", "state"),
    [
        (("active", "ready", "running"), "active"),
        (("undef", "ready", "running"), "active"),
        (("active", "ghost", "running"), "standby"),
        (("failed", "faulty", "running"), "failed"),
        (("active", "i/o timeout", "running"), "failed"),
        (("active", "ready", "offline"), "failed"),
        (("active", "shaky", "running"), "unsteady"),
        (("active", "marginal", "running"), "unsteady"),
        (("undef", "undef", "unknown"), "unknown"),
    ],
)
def test_device_mapper_checker_and_kernel_together_say_how_a_path_is(
    words: tuple[str, str, str], state: str
) -> None:
    """Any of them can know that a path is gone."""
    (told,) = multipath.read(maps(path("sdb", *words)), "the capture").maps

    assert [state] == [one.state for one in told.paths]


@pytest.mark.parametrize(
    ("states", "word"),
    [
        (("active", "active", "active"), "OK"),
        (("active", "active", "failed"), "DEGRADED"),
        (("active", "failed", "failed"), "CRITICAL"),
        (("failed", "failed", "failed"), "FAILED"),
    ],
)
def test_a_multipath_device_lives_as_long_as_one_path(
    tmp_path: Path, states: tuple[str, ...], word: str
) -> None:
    """sdb, sdc, sdd --> mpatha; the last path left is a single point of failure."""
    names = ("sdb", "sdc", "sdd")
    text = maps(*(path(name, state, "") for name, state in zip(names, states, strict=True)))

    host = scanned(captured(tmp_path / "c", multipathd=text))

    assert word == host.states()["box:mpatha"]


def test_a_map_without_paths_has_failed(tmp_path: Path) -> None:
    """Nothing else could tell: it has no path that could fail."""
    host = scanned(captured(tmp_path / "c", multipathd=maps()))

    assert {"box:mpatha": "FAILED"} == host.troubled()


def test_what_lsblk_and_multipathd_call_one_device_is_one(tmp_path: Path) -> None:
    """lsblk lists the nodes, multipathd knows that sdc is dead."""
    multipath_device = {"name": "mpatha", "kname": "dm-0", "type": "mpath", "size": 10}
    disks = [
        {"name": name, "type": "disk", "size": 10, "tran": "fc", "children": [multipath_device]}
        for name in ("sdb", "sdc")
    ]
    source = captured(
        tmp_path / "c",
        lsblk=json.dumps({"blockdevices": disks}),
        multipathd=maps(path("sdb"), path("sdc", "failed", "faulty")),
    )

    host = scanned(source)

    nodes = of_class(host.resources, "DeviceNode") | of_class(host.resources, "MultipathDevice")
    assert {"box:/dev/sdb", "box:/dev/sdc", "box:mpatha"} == nodes.keys()
    assert {"box:/dev/sdc": "FAILED", "box:mpatha": "CRITICAL"} == host.troubled()


def test_a_map_is_known_by_its_name_where_lsblk_did_not_tell_the_kernels(tmp_path: Path) -> None:
    """Old captures lack that column."""
    below = {"name": "mpatha", "type": "mpath", "size": 10}
    disk = {"name": "sdb", "type": "disk", "size": 10, "children": [below]}
    source = captured(
        tmp_path / "c",
        lsblk=json.dumps({"blockdevices": [disk]}),
        multipathd=maps(path("sdb", "failed")),
    )

    assert "FAILED" == scanned(source).states()["box:mpatha"]


@pytest.mark.parametrize("wwid", [WWID, WWID.upper(), "1IET     00080001"])
def test_a_map_asks_for_the_drive_that_its_wwid_names(tmp_path: Path, wwid: str) -> None:
    """An NAA identifier loses its leading 3; a T10 name keeps its namespace."""
    host = scanned(captured(tmp_path / "c", multipathd=maps(path("sdb"), wwid=wwid)))

    wanted = "1iet_00080001" if wwid.startswith("1") else WWID[1:]
    assert (Provision("scsi_serial", wanted),) == host.resources["box:mpatha"].merged.subscribes


def test_maps_before_the_cut_of_a_known_defect_are_kept() -> None:
    """multipathd was known to end its JSON too early (hpe-storage/csi-driver issue 461)."""
    both = json.loads(maps(path("sdb")))
    both["maps"] += json.loads(maps(path("sdc"), name="mpathb", sysfs="dm-1"))["maps"]
    text = json.dumps(both, indent=1)

    facts = multipath.read(text[: text.index('"mpathb"') + 20], "the capture")

    assert ["mpatha"] == [one.title for one in facts.maps]
    assert facts.is_partial
    assert "the capture is cut short or damaged" in facts.warnings[0]


def test_the_prompts_of_multipathd_are_no_part_of_its_answer() -> None:
    """`multipathd -k` echoes what it was asked."""
    text = f"multipathd> show maps json\n{maps(path('sdb'))}\nmultipathd> exit\n"

    facts = multipath.read(text, "the capture")

    assert ["mpatha"] == [one.title for one in facts.maps]
    assert 2 == len(facts.warnings)


@pytest.mark.parametrize("text", ["", "{", '{"maps": [{"name": "mpatha"', '{"maps": [{}]}'])
def test_what_holds_no_whole_map_is_refused_with_the_remedy(text: str) -> None:
    """An answer of which nothing is left is not an answer without maps."""
    with pytest.raises(InvalidFile, match=r"the capture .*; capture it anew with 'multipathd"):
        multipath.read(text, "the capture")


def test_an_answer_without_maps_is_an_answer() -> None:
    """A host need not have any."""
    assert () == multipath.read('{"major_version": 0, "maps": []}', "the capture").maps


LIST = f"""\
mpatha ({WWID}) dm-0 ACME,DISK
size=40G features='0' hwhandler='0' wp=rw
|-+- policy='service-time 0' prio=50 status=active
| |- 1:0:0:1 sdb 8:16 active ready running
| `- 2:0:0:1 sdc 8:32 active ready running
`-+- policy='service-time 0' prio=10 status=enabled
  `- 2:0:1:1 sdd 8:48 active ready running
"""


def test_a_list_as_of_older_versions_tells_the_same(tmp_path: Path) -> None:
    """They bracket what they say, and may leave no blank before the kernel's name of a map."""
    for number, head in enumerate((f"mpath1 ({WWID}) dm-4", f"reload: {WWID}dm-4")):
        text = (
            f"{head} ACME,DISK\n[size=40G][features=0][hwhandler=0][rw]\n"
            "\\_ round-robin 0 [prio=50][active]\n \\_ 1:0:0:1 sdb 8:16  [active][ready]\n"
            "\\_ round-robin 0 [prio=10][enabled]\n \\_ 2:0:0:1 sdc 8:32  [failed][faulty]\n"
        )

        host = scanned(captured(tmp_path / str(number), list=text))

        (label,) = of_class(host.resources, "MultipathDevice")
        assert {"box:/dev/sdc": "FAILED", label: "CRITICAL"} == host.troubled()


def test_a_path_whose_device_is_gone_is_a_path_that_failed(tmp_path: Path) -> None:
    """Only the hyphen in its place tells that redundancy is lost."""
    text = LIST.replace(
        "2:0:1:1 sdd 8:48 active ready running", "#:#:#:# - #:# active faulty running"
    )
    written = maps(path("sdb"), path("sdc"), path("-", "failed", "undef"))

    for number, one in enumerate((text, written)):
        host = scanned(captured(tmp_path / str(number), list=one))

        assert {
            "box:/dev/mapper/mpatha:gone": "FAILED",
            "box:mpatha": "DEGRADED",
        } == host.troubled()


@pytest.mark.parametrize("lines", [2, 3, 4, 5, 6])
def test_a_map_whose_tree_is_cut_short_is_left_out(lines: int) -> None:
    """Its branches say that another one follows, or its head that there is a drive."""
    cut = "\n".join(LIST.splitlines()[:lines])
    other = LIST.replace("mpatha", "mpathz").replace("dm-0", "dm-9")

    facts = multipath.read_list(other + cut, "the capture")

    assert ["mpathz"] == [one.title for one in facts.maps]
    assert facts.is_partial
    assert [True] == ["cut short, so the map mpatha" in one for one in facts.warnings]


def test_maps_that_are_not_device_mappers_add_no_paths_to_others() -> None:
    """NVMe makes its own, which stand in the same list."""
    native = (
        "uuid.0f0f [nvme]:nvme0n1 NVMe,Linux,6.4.0\nsize=20971 features='n/a' hwhandler='ANA'\n"
        "`-+- policy='n/a' prio=50 status=optimized\n  `- 0:0:1 nvme0c0n1 0:0 n/a optimized live\n"
    )

    (told,) = multipath.read_list(LIST + native, "the capture").maps

    assert ["sdb", "sdc", "sdd"] == [one.device for one in told.paths]


@pytest.mark.fixtures
def test_a_captured_list_gives_every_map_with_its_paths() -> None:
    """mpathg and mpathe have 8 paths each, the others 2; mpathc has none."""
    text = fixture("host-multipath/multipath-v4-ll_rhel6.txt").read_text()

    facts = multipath.read_list(text, "the capture")

    assert {
        "mpathg": 8,
        "mpathe": 8,
        "36001405b1629f80d52a4c898f8856e43": 2,
        "mpatha": 2,
        "mpathb": 2,
        "1IET     00080007": 2,
        "mpathc": 0,
    } == {one.title: len(one.paths) for one in facts.maps}


@pytest.mark.fixtures
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ubiquity_fakeMultipathOutput.txt", {"mpathg": 3, "mpathf": 3}),
        ("ubiquity_fakeMultipathOutputWithDifferentSpaces.txt", {"mpathj": 6}),
    ],
)
def test_captured_lists_differ_in_spaces_and_quotes(name: str, expected: dict[str, int]) -> None:
    """Whatever draws the tree, a path is a path."""
    facts = multipath.read_list(fixture(f"host-multipath/{name}").read_text(), "the capture")

    assert expected == {one.title: len(one.paths) for one in facts.maps}


@pytest.mark.fixtures
def test_a_captured_map_with_its_only_path_failed_has_failed() -> None:
    """One map, asked for by its name at multipathd's prompt."""
    host = scanned(fixture("host-multipath/ubiquity_fakeMultipathOutputJson.txt"))

    assert {"box:/dev/sdb": "FAILED", "box:mpathp": "FAILED"} == host.troubled()


def test_a_map_that_is_told_twice_keeps_the_name_people_gave_it() -> None:
    """`multipath -ll` repeats a map under its WWID while it is renamed."""
    told = "size=16G features='0' hwhandler='0' wp=rw\n`-+- policy='x' prio=1 status=active\n"
    row = "  `- 3:0:0:1 sdb 8:16 active ready running\n"
    text = f"mpatha ({WWID}) dm-0 IET,DISK\n{told}{row}{WWID} dm-0 IET,DISK\n{told}{row}"

    (told_map,) = multipath.read_list(text, "the capture").maps

    assert ("mpatha", WWID, ["sdb"]) == _of(told_map)


def _of(told: MultipathMap) -> tuple[str, str, list[str]]:
    return told.title, told.wwid, [one.device for one in told.paths]
