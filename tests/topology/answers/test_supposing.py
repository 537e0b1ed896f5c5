"""What a supposition says in sentences, with services and where none is known."""

from __future__ import annotations

from dataclasses import replace

from graph import Graph, claim

from topology.answers.supposing import supposition_body
from topology.live.live_topology import view_of
from topology.live.view import View
from topology.model import Claim

SHELF = {
    "psu": claim("PowerSupply", label="psu"),
    "shelf": claim("Enclosure", parents=["psu"], label="shelf"),
    **{f"d{n}": claim(parents=["shelf"], label=f"d{n}") for n in range(5)},
}
TARGET = {
    "disk": claim(label="disk"),
    "ost": replace(claim("ObjectStorageTarget", parents=["disk"], label="ost"), is_service=True),
}


def site(*reported: dict[str, Claim]) -> View:
    graph = Graph()
    for one in reported:
        graph.report(one)
    return view_of(graph.replica, at=graph.now)


def test_without_services_the_verdict_is_about_what_nothing_else_needs() -> None:
    """The disks of a shelf are all that is known; its only supply is no part to pull."""
    answer = supposition_body(site(SHELF), service=["psu"])

    assert "UNSAFE" == answer.verdict
    assert answer.verdict_sentence == (
        "Not safe: a resource would end, or lose a further part. "
        "No service is known, so what nothing else needs is judged."
    )
    assert [f"d{n}" for n in range(5)] == [one.label for one in answer.reasons]
    assert answer.sentence == (
        "d0 would be down. d1 would be down. d2 would be down. 2 more would be otherwise."
    )


def test_what_ends_beside_the_services_is_said_first() -> None:
    """A target is known, and does not stand on the shelf."""
    answer = supposition_body(site(SHELF, TARGET), service=["psu"])

    assert "SAFE_DEGRADES" == answer.verdict
    assert answer.verdict_sentence == (
        "Safe for every service, but 1 enclosure (shelf) and 5 disks (d0, d1, d2, d3, …) end, "
        "which none needs."
    )


def test_a_service_that_nothing_reaches_does_not_notice() -> None:
    """Nothing needs the disk that is pulled."""
    answer = supposition_body(site(SHELF, TARGET), service=["d0"])

    assert ("SAFE", "Safe: no service notices.") == (answer.verdict, answer.verdict_sentence)
    assert "No service would be any different." == answer.sentence
