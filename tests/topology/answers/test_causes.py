"""Sole and contributory causes."""

from __future__ import annotations

import pytest
from builders import group, topology_of, troubled

from topology.answers.causes import sole_causes
from topology.gates import Tolerates
from topology.impact import Layout, assessment_of

POOL = topology_of("d{0..9} --> pool --> lun", gates={"pool": Tolerates(2)})


def soles(layout: Layout, uid: str) -> dict[str, bool | None]:
    """Return which root causes are sole."""
    return dict(sole_causes(assessment_of(layout), uid))


@pytest.mark.parametrize(
    ("failed", "expected"),
    [
        ("", {}),
        ("d4", {"d4": True}),
        ("d4 d5", {"d4": True, "d5": True}),
        ("d4 d5 d6", {"d4": True, "d5": True, "d6": True}),
        ("d4 d5 d6 d7", {"d4": False, "d5": False, "d6": False}),
    ],
)
def test_a_cause_is_sole_where_its_repair_alone_improves(
    failed: str, expected: dict[str, bool | None]
) -> None:
    """RAID6: of four failed disks no single repair brings the pool back."""
    assert expected == soles(troubled(POOL, failed), "lun")


def test_one_of_two_that_each_force_it_is_contributory() -> None:
    """Either forces it, so one of them is named, and its repair leaves the other."""
    layout = topology_of("a --> lun\nb --> lun")

    assert {"a": False} == soles(troubled(layout, "a b"), "lun")


def test_what_lacks_members_is_repaired_by_their_return() -> None:
    """Two of ten are gone, and one is rebuilding."""
    layout = topology_of(
        "d{0..7} --> pool",
        groups={"pool": [group("d{0..7}", Tolerates(2), size=10, out_of_sync="d3")]},
    )

    assert {"d3": True, "pool": True} == soles(layout, "pool")


def test_nothing_is_said_where_too_much_would_be_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """More causes than are tried."""
    monkeypatch.setattr("topology.answers.causes.TRIED_AT_MOST", 1)

    assert {"d4": None, "d5": None} == soles(troubled(POOL, "d4 d5"), "pool")
