"""`topology evaluate`: a described layout in, states, reasons, single points and exit codes out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from builders import document_of, names, topology_of, troubled
from typer.testing import CliRunner

from topology.cli import run
from topology.commands.evaluate import evaluate
from topology.errors import InvalidFile, ResourceNotFound
from topology.evaluate import answer_of, checked_design_of, layout_of, with_failed
from topology.gates import InputMap, Needs, Tolerates
from topology.impact import Layout, Margins, design_of, judge
from topology.state import State

Document = dict[str, Any]

EXAMPLES = {
    "raid6": topology_of(
        "d{0..9} --> pool --> lun --> ost --> scratch",
        gates={"pool": Tolerates(2)},
        maps={"scratch": {"ost": InputMap.capped(State.PARTIAL)}},
    ),
    "enclosures": topology_of(
        """
        e0 --> d0 d5
        e1 --> d1 d6
        e2 --> d2 d7
        e3 --> d3 d8
        e4 --> d4 d9
        d{0..9} --> pool
        """,
        gates={"pool": Tolerates(2)},
        components="d{0..9}",
    ),
    "switches": topology_of(
        "up1 sw2 --> sw1\nup2 sw1 --> sw2\nsw1 sw2 --> host",
        gates={"sw1": Needs(1), "sw2": Needs(1), "host": Needs(1)},
    ),
}


def states_of(document: Document, *fail: str) -> dict[str, str]:
    """Return each published state in one word."""
    layout = with_failed(layout_of(document), fail)
    return {uid: state.word for uid, state in judge(layout).states.items()}


def mirror(**changes: Any) -> Document:
    """Return two disks --> pool, a mirror, with top-level keys replaced."""
    return {
        "resources": [{"id": "d0"}, {"id": "d1"}, {"id": "pool"}],
        "links": [{"from": "d0", "to": "pool"}, {"from": "d1", "to": "pool"}],
        "groups": [{"of": "pool", "inputs": ["d0", "d1"], "tolerates": 1}],
    } | changes


def grouped(**gate: Any) -> Document:
    """Return the mirror with another gate."""
    return mirror(groups=[{"of": "pool", "inputs": ["d0", "d1"]} | gate])


def filesystem(*targets: tuple[str, str]) -> Document:
    """Return targets, given as (id, class), --> scratch."""
    return {
        "resources": [
            {"id": "scratch", "class": "LustreFilesystem"},
            *({"id": uid, "class": name} for uid, name in targets),
        ],
        "links": [{"from": uid, "to": "scratch"} for uid, _ in targets],
    }


@pytest.mark.parametrize("layout", EXAMPLES.values(), ids=EXAMPLES)
def test_a_written_layout_is_judged_as_the_layout_itself(layout: Layout) -> None:
    """Written down and read back, with what fails given either way."""
    for failed in ("", *names("d0 d1"), "up1"):
        if failed and failed not in layout.parts:
            continue
        described = with_failed(layout_of(document_of(layout)), [failed] if failed else [])

        assert judge(troubled(layout, failed)) == judge(described)


def test_the_answer_lists_states_reasons_points_and_margins() -> None:
    """The form of the JSON object, with one disk of a mirror failed."""
    layout = with_failed(layout_of(mirror()), ["d0"])
    judgement = judge(layout)

    answer = answer_of(judgement, Margins(layout, design_of(layout), judgement))

    assert {
        "states": {
            "d0": {"low": "FAILED", "high": "FAILED"},
            "d1": {"low": "OK", "high": "OK"},
            "pool": {"low": "CRITICAL", "high": "CRITICAL"},
        },
        "because": {
            "d0": {"rule": "its own state is FAILED", "inputs": [], "root_causes": ["d0"]},
            "pool": {"rule": "d1 ends it now", "inputs": ["d0"], "root_causes": ["d0"]},
        },
        "single_points": {
            "d1": {"by_design": ["d1"], "new": []},
            "pool": {"by_design": [], "new": ["d1"]},
        },
        "margin": {"d0": 0, "d1": 1, "pool": 1},
    } == answer


@pytest.mark.parametrize(
    ("failed", "expected"),
    [
        ("scratch-MDT0000", "FAILED"),
        ("scratch-MDT000a", "PARTIAL"),
        ("scratch-OST0000", "PARTIAL"),
        ("mgs", "DEGRADED"),
    ],
)
def test_lustre_targets_reach_their_filesystem_by_their_role(failed: str, expected: str) -> None:
    """What no group names and no map qualifies has the Lustre default."""
    document = filesystem(
        ("scratch-MDT0000", "MetadataTarget"),
        ("scratch-MDT000a", "MetadataTarget"),
        ("scratch-OST0000", "ObjectStorageTarget"),
        ("mgs", "ManagementTarget"),
    )

    assert expected == states_of(document, failed)["scratch"]


@pytest.mark.parametrize(
    ("uid", "expected"),
    [("mdt0", "FAILED"), ("mdt1", "PARTIAL"), ("metadata", "FAILED"), ("home-mdt001F", "PARTIAL")],
)
def test_a_metadata_target_is_told_by_the_number_its_id_ends_in(uid: str, expected: str) -> None:
    """Without a number it is taken to hold the root."""
    assert expected == states_of(filesystem((uid, "MetadataTarget")), uid)["scratch"]


def test_an_explicit_map_replaces_the_lustre_default() -> None:
    """An administrator knows better."""
    document = filesystem(("ost0", "ObjectStorageTarget"))
    document["links"][0]["map"] = "ignore"

    assert "OK" == states_of(document, "ost0")["scratch"]


def test_what_can_fail_follows_from_class_and_inputs() -> None:
    """A disk can though it has inputs; a pool and an unknown class with inputs cannot."""
    document: Document = {
        "resources": [
            {"id": "enclosure", "class": "Enclosure"},
            {"id": "disk", "class": "PhysicalDisk"},
            {"id": "pool", "class": "StoragePool"},
            {"id": "thing", "class": "Anything"},
            {"id": "chosen", "can_fail": True},
        ],
        "links": [
            {"from": one, "to": other}
            for one, other in (
                ("enclosure", "disk"),
                ("disk", "pool"),
                ("pool", "thing"),
                ("thing", "chosen"),
            )
        ],
    }

    parts = layout_of(document).parts

    assert {"enclosure", "disk", "chosen"} == {uid for uid, part in parts.items() if part.can_fail}


@pytest.mark.parametrize(
    ("percent", "failed", "expected"),
    [
        (58, 29, "FAILED"),
        (58, 28, "CRITICAL"),
        ("58", 29, "FAILED"),
        (0.1, 1, "FAILED"),
        ("1e-1", 1, "FAILED"),
        ("175/3", 29, "CRITICAL"),
    ],
)
def test_percents_are_exact(percent: object, failed: int, expected: str) -> None:
    """29 of 50 is 58 percent and not a hair less."""
    disks = names("d{1..50}")
    document: Document = {
        "resources": [{"id": uid} for uid in (*disks, "v")],
        "links": [{"from": uid, "to": "v"} for uid in disks],
        "groups": [
            {
                "of": "v",
                "inputs": disks,
                "rules": [{"percent": percent, "at": "FAILED", "gives": "FAILED"}],
            }
        ],
    }

    assert expected == states_of(document, *disks[:failed])["v"]


def test_equal_links_are_one() -> None:
    """Said twice is said once: the pool still bears one failed disk."""
    document = mirror()
    document["links"] *= 2

    assert "CRITICAL" == states_of(document, "d0")["pool"]


def test_two_kinds_of_link_between_two_resources_show_the_worse() -> None:
    """One link ignores the disk, the other does not."""
    document = mirror(
        links=[
            {"from": "d0", "to": "pool", "kind": "PARENT_OF", "map": "ignore"},
            {"from": "d0", "to": "pool", "map": {"cap": "PARTIAL"}},
        ],
        groups=[],
    )

    assert "PARTIAL" == states_of(document, "d0")["pool"]


RULE = {"count": 1, "at": "FAILED", "gives": "FAILED"}

REFUSED: list[tuple[object, str]] = [
    ([], "the file must hold an object with resources, got a list."),
    ({}, "resources is missing; give it."),
    (mirror(extra=1), "extra is not known here; known: resources, links, groups."),
    (mirror(resources=[{"id": "a", "clas": "X"}]), "did you mean 'class'?"),
    (mirror(links={}), "links must be a list, got an object."),
    (mirror(resources=[{"id": 7}]), "resources[0].id must be text; put it in quotes, got 7."),
    (mirror(resources=[{"id": ""}]), "resources[0].id must not be empty; give it a name"),
    (
        mirror(resources=[{"id": "a", "state": "BROKEN"}]),
        "resources[0].state must be one of OK, DEGRADED, CRITICAL, PARTIAL, FAILED, UNKNOWN, "
        'got "BROKEN".',
    ),
    (mirror(resources=[{"id": "a", "state": False}]), "resources[0].state must be one of"),
    (mirror(resources=[{"id": "a", "can_fail": 1}]), "can_fail must be true or false, got 1."),
    (mirror(resources=[{"id": "a", "class": None}]), "resources[0].class is null; give it"),
    (mirror(resources=[{"id": "a"}] * 2), 'resources[1].id "a" stands twice; ids are unique.'),
    (
        mirror(links=[{"from": "d0", "to": "lun"}]),
        'links[0].to "lun" is not the id of a resource; add it there.',
    ),
    (mirror(links=[{"from": "d0", "to": "pool", "kind": "OWNS"}]), "links[0].kind must be"),
    (
        mirror(
            links=[
                {"from": "d0", "to": "d1", "kind": "PARENT_OF"},
                {"from": "d1", "to": "d0", "kind": "PARENT_OF"},
            ],
            groups=[],
        ),
        "links of kind PARENT_OF form the cycle d0 -> d1 -> d0;",
    ),
    (
        mirror(
            links=[{"from": "d0", "to": "pool"}, {"from": "d0", "to": "pool", "map": "ignore"}],
            groups=[],
        ),
        'links[1].map differs from that of an equal link from "d0" to "pool"; give one of them.',
    ),
    (
        mirror(links=[{"from": "d0", "to": "pool", "map": {"table": {"OK": "FAILED"}}}]),
        "links[0].map is refused: table acts only on states worse than OK",
    ),
    (
        mirror(links=[{"from": "d0", "to": "d1", "map": {"table": {"CRITICAL": "OK"}}}]),
        "maps DEGRADED to DEGRADED and CRITICAL to OK",
    ),
    (
        mirror(links=[{"from": "d0", "to": "d1", "map": {"shift": True}}]),
        "links[0].map is refused: shift must be a whole number, got true.",
    ),
    (mirror(links=[{"from": "d0", "to": "d1", "map": {"cap": "UNKNOWN"}}]), "cap must be one of"),
    (mirror(links=[{"from": "d0", "to": "d1", "map": {"limit": 1}}]), "is not one of cap, shift"),
    (mirror(links=[{"from": "d0", "to": "d1", "map": {}}]), 'must be "ignore" or an object'),
    (grouped(needs=1, tolerates=1), "must have at most one of needs, tolerates and rules."),
    (grouped(needs=0), "groups[0].needs must be at least 1, got 0."),
    (grouped(needs=3), "groups[0].needs must be at most its size of 2, got 3."),
    (grouped(needs=True), "groups[0].needs must be a whole number, got true."),
    (grouped(tolerates=2), "groups[0].tolerates must be below its size of 2, got 2."),
    (grouped(tolerates=-1), "groups[0].tolerates must be at least 0, got -1."),
    (grouped(size=1), "groups[0].size must be at least its 2 inputs, got 1."),
    (grouped(inputs=[]), "groups[0].inputs is empty; name inputs or give a size."),
    (grouped(inputs=["d0", "d0"]), 'groups[0].inputs[1] "d0" stands twice; name it once.'),
    (grouped(inputs=["pool"]), 'groups[0].inputs[0] "pool" has no link to "pool"; add one'),
    (grouped(of="lun"), 'groups[0].of "lun" is not the id of a resource; add it there.'),
    (grouped(out_of_sync=["d7"]), 'groups[0].out_of_sync names "d7", which is not one of its'),
    (grouped(weights={"d7": 1}), 'groups[0].weights names "d7", which is not one of its inputs'),
    (grouped(weights={"d0": -1}), "groups[0].weights.d0 must be a number of at least 0"),
    (grouped(cap="UNKNOWN"), "groups[0].cap must be one of OK, DEGRADED"),
    (grouped(rules=[]), "groups[0] must have a rule in rules, or leave it out."),
    (grouped(rules=[RULE | {"percent": 3}]), "must have exactly one of count, percent and weight"),
    (grouped(rules=[RULE | {"at": "OK"}]), 'must not ask for "at": "OK"'),
    (grouped(rules=[RULE | {"count": 0}]), "groups[0].rules[0].count must be at least 1, got 0."),
    (grouped(rules=[RULE | {"count": 1.5}]), "rules[0].count must be a whole number, got 1.5."),
    (
        grouped(rules=[{"percent": 100.5, "at": "FAILED", "gives": "FAILED"}]),
        "groups[0].rules[0].percent must be at most 100, got",
    ),
    (
        grouped(rules=[{"percent": float("nan"), "at": "FAILED", "gives": "FAILED"}]),
        "groups[0].rules[0].percent must be a number of at least 0",
    ),
    (
        grouped(rules=[{"weight": "1e999999999", "at": "FAILED", "gives": "FAILED"}]),
        "groups[0].rules[0].weight must be a number of at least 0",
    ),
]


@pytest.mark.parametrize(("content", "message"), REFUSED, ids=[text for _, text in REFUSED])
def test_a_malformed_layout_is_refused_with_its_place(content: object, message: str) -> None:
    """What is wrong, where, what was found; what to do."""
    with pytest.raises(InvalidFile) as refusal:
        layout_of(content, "site.json")

    assert f"site.json: {message}" in str(refusal.value) or message in str(refusal.value)


def test_every_mistake_of_a_file_is_named_at_once() -> None:
    """A person mends a file once, not once for each mistake."""
    content = mirror(resources=[{"id": 1}, {"id": "b", "state": "BAD"}])

    with pytest.raises(InvalidFile) as refusal:
        layout_of(content)

    assert 2 == len(str(refusal.value).splitlines())


def test_a_cycle_that_nothing_holds_up_is_refused() -> None:
    """Three that each need one of the others are up only if they already are."""
    around = [("b", "a"), ("c", "a"), ("a", "b"), ("c", "b"), ("a", "c"), ("b", "c")]
    content: Document = {
        "resources": [{"id": uid} for uid in "abc"],
        "links": [{"from": one, "to": other} for one, other in around],
        "groups": [
            {"of": uid, "inputs": [one for one, other in around if other == uid], "needs": 1}
            for uid in "abc"
        ],
    }

    with pytest.raises(InvalidFile, match="a, b, c depend on each other in a cycle that nothing"):
        checked_design_of(layout_of(content), "site.json")


def test_an_unknown_hypothesis_names_its_neighbours() -> None:
    """--fail takes ids of the file only."""
    with pytest.raises(ResourceNotFound, match="no resource has the id 'pol'; did you mean pool"):
        with_failed(layout_of(mirror()), ["pol"])


APP = typer.Typer(pretty_exceptions_enable=False)
APP.command()(evaluate)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A file with the mirror."""
    file = tmp_path / "site.json"
    file.write_text(json.dumps(mirror()))
    return file


@pytest.mark.parametrize(("fail", "code"), [([], 0), (["d0"], 1), (["d0", "d1"], 2), (["pool"], 2)])
def test_the_exit_code_says_how_bad_the_ends_are(site: Path, fail: list[str], code: int) -> None:
    """Without services, what nothing depends on is judged: the pool."""
    options = [argument for uid in fail for argument in ("--fail", uid)]

    assert code == CliRunner().invoke(APP, [str(site), "--json", *options]).exit_code


def test_an_unknown_state_exits_as_unknown(tmp_path: Path) -> None:
    """Both disks unknown: the pool is anything between OK and FAILED."""
    file = tmp_path / "site.json"
    unknown = [{"id": "d0", "state": "UNKNOWN"}, {"id": "d1", "state": "UNKNOWN"}, {"id": "pool"}]
    file.write_text(json.dumps(mirror(resources=unknown)))

    assert 3 == CliRunner().invoke(APP, [str(file)]).exit_code


def test_services_are_judged_where_there_are_any(tmp_path: Path) -> None:
    """The backup pool has failed, which no service minds."""
    file = tmp_path / "site.json"
    document = filesystem(("ost0", "ObjectStorageTarget"))
    document["resources"].append({"id": "backup", "state": "FAILED"})
    file.write_text(json.dumps(document))

    assert 0 == CliRunner().invoke(APP, [str(file)]).exit_code


def test_the_table_names_state_resource_reason_and_single_points(site: Path) -> None:
    """For people; nothing is cut off when it is piped."""
    printed = CliRunner().invoke(APP, [str(site), "--fail", "d0"]).stdout

    lines = [line.split("  ") for line in printed.splitlines()]
    assert ["◆ CRITICAL", "pool", "d1 ends it now", "d0"] in [
        [cell.strip() for cell in line if cell.strip()] for line in lines
    ]
    assert "1 of 3 resources are OK." in printed


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["missing.json"], 65, "missing.json cannot be read (No such file or directory)"),
        (["."], 65, "cannot be read (Is a directory)"),
        (["site.json", "--fail", "d9"], 64, "no resource has the id 'd9'"),
    ],
)
def test_mistakes_end_with_their_exit_code_and_no_traceback(
    site: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, said: str
) -> None:
    """As the command line runs it."""
    file, *options = arguments

    ended = run(APP, [str(site.parent / file), *options])

    printed = capsys.readouterr()
    assert code == ended
    assert said in printed.err
    assert "Traceback" not in printed.err
    assert "" == printed.out
