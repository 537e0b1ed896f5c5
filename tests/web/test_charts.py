"""Charts of statistics: on the Resource page, in the API and in words."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from graph import claim
from web_sites import NOW, client_of, site_of_claims

from topology.schema import AttributeSchema, Chart, ResourceClass
from topology.statistics import Sample, StatisticsStore

DISK = ResourceClass(
    name="PhysicalDisk",
    plugin="",
    bases=(),
    label="Disk",
    plural_label="Disks",
    attributes=(
        AttributeSchema("temperature", "Gauge", "Temperature", is_statistic=True, units="C"),
        AttributeSchema("reads", "Counter", "Reads", is_statistic=True, units="B"),
        AttributeSchema(
            "sizes", "Histogram", "Sizes", is_statistic=True, choices=("0 to 1", "1 to 8")
        ),
    ),
    charts=(Chart("Heat <and> load", ("temperature", "reads")), Chart("Sizes", ("sizes",))),
)
SAMPLES = [
    *(Sample("d", "temperature", NOW - 60 * n, 30.0 + n) for n in range(5, 0, -1)),
    Sample("d", "temperature", NOW - 3000, 90.0),
    Sample("d", "reads", NOW - 120, 0, "counter"),
    Sample("d", "reads", NOW - 60, 60 * 2048, "counter"),
    Sample("d", "sizes", NOW - 60, (3.0, 6.0), "histogram"),
]


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    store = StatisticsStore(tmp_path / "statistics.db", clock=lambda: NOW)
    store.append(sorted(SAMPLES, key=lambda one: one.at))
    site = site_of_claims({"d": claim("PhysicalDisk", label="disk1")})
    return client_of(replace(site, statistics=store, classes={"PhysicalDisk": DISK}))


def test_the_resource_page_draws_a_chart_for_each_declared_one(client: FlaskClient) -> None:
    """With what stands in it in words; a gap in the samples is a gap in the line."""
    page = client.get("/r/disk1").text

    assert (
        'aria-label="Heat &lt;and&gt; load in the last hour: '
        "Temperature 31 C, from 31 C to 90 C; Reads 2.0 KiB/s, from 2.0 KiB/s to 2.0 KiB/s"
    ) in page
    assert 2 == page.count('<polyline class="line0"')
    assert 2 == page.count('<polygon class="line0"')
    assert "0 to 1: 3, 1 to 8: 6" in page


@pytest.mark.parametrize(("span", "points"), [("hour", 6), ("day", 2), ("month", 1)])
def test_the_resource_page_shows_as_long_a_span_as_is_asked_for(
    client: FlaskClient, span: str, points: int
) -> None:
    """A longer one in wider steps; the others are a click away."""
    page = client.get(f"/r/disk1?span={span}").text

    drawn = re.findall(r'<polyline class="line0" points="([^"]+)"', page)
    assert f"Statistics of the last {span}" in page
    assert f"load in the last {span}: Temperature" in page
    assert points <= sum(len(one.split()) for one in drawn) <= points + 2  # one alone is a dash
    others = {"hour", "day", "week", "month"} - {span}
    assert others == set(re.findall(r'href="[^"]*\?span=(\w+)#statistics"', page))


def test_a_span_in_which_nothing_was_reported_still_leads_to_the_others(tmp_path: Path) -> None:
    """The source may have been silent for hours."""
    store = StatisticsStore(tmp_path / "statistics.db", clock=lambda: NOW)
    store.append([Sample("d", "temperature", NOW - 20_000, 30.0)])
    site = site_of_claims({"d": claim("PhysicalDisk", label="disk1")})
    client = client_of(replace(site, statistics=store, classes={"PhysicalDisk": DISK}))

    assert "nothing was reported in the one shown" in client.get("/r/disk1").text
    assert "Heat &lt;and&gt; load in the last day" in client.get("/r/disk1?span=day").text
    assert 400 == client.get("/r/disk1?span=decade").status_code


def test_the_api_gives_the_numbers_of_a_span(client: FlaskClient) -> None:
    """A counter is a rate in units per second."""
    answer = client.get("/api/v1/resources/disk1/statistics").json

    assert answer is not None
    by_name = {one["name"]: one for one in answer["statistics"]}
    assert ("B/s", "counter", [2048.0]) == (
        by_name["reads"]["units"],
        by_name["reads"]["kind"],
        [one["mean"] for one in by_name["reads"]["points"]],
    )
    assert (["0 to 1", "1 to 8"], [[3.0, 6.0]]) == (
        by_name["sizes"]["bins"],
        [one["bins"] for one in by_name["sizes"]["points"]],
    )
    assert ["Heat <and> load", "Sizes"] == [one["title"] for one in answer["charts"]]


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("since=yesterday", "since"),
        ("since=2026-01-01T00:00:00", "since"),
        ("since=2027-01-01T00:00:00Z&until=2026-01-01T00:00:00Z", "since must be before until"),
    ],
)
def test_a_span_that_is_none_is_refused(client: FlaskClient, query: str, detail: str) -> None:
    """Without a time zone, and backwards."""
    answer = client.get(f"/api/v1/resources/disk1/statistics?{query}")

    assert 400 == answer.status_code
    assert detail in answer.text


def test_a_page_without_numbers_is_a_page(tmp_path: Path) -> None:
    """Also where the file is damaged: what is broken must still be seen."""
    path = tmp_path / "statistics.db"
    path.write_text("no database " * 500)
    site = site_of_claims({"d": claim("PhysicalDisk", label="disk1")})

    answer = client_of(replace(site, statistics=StatisticsStore(path))).get("/r/disk1")

    assert 200 == answer.status_code
    assert "Statistics" not in answer.text
