"""Sites that exist: the simulated ones have what their operators published."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from plugin_runtime.base_resources import (
    Controller,
    Enclosure,
    Host,
    LustreFilesystem,
    MetadataTarget,
    ObjectStorageTarget,
    PhysicalDisk,
    StoragePool,
)
from plugin_runtime.plugins.simulated_site import SimulatedSite, SimulatedSitePlugin
from plugin_runtime.plugins.simulated_site.blueprint import blueprint_of
from plugin_runtime.plugins.simulated_site.sites import SITES, sizes_of_site
from plugin_runtime.testing import Scanned, session_of
from topology.errors import InvalidValue

PUBLISHED: Mapping[str, Mapping[str, int]] = {
    "shaheen2": {"disks": 5988, "oss": 144, "OSTs": 144},
    "spider2": {"disks": 20160, "enclosures": 360, "controllers": 72, "oss": 288, "mds": 4}
    | {"mgs": 2, "OSTs": 2016, "filesystems": 2},
    "spider": {"disks": 13440, "controllers": 96, "oss": 192, "mds": 3, "OSTs": 1344},
    "orion": {"disks": 480 + 5400 + 47700, "oss": 450, "mds": 40},
    "perlmutter": {"disks": 3480, "enclosures": 145, "oss": 274, "mds": 16},
    "lumi_p": {"filesystems": 4, "mds": 4, "OSTs": 128},
    "perun": {"disks": 96, "controllers": 8, "oss": 16, "MDTs": 16, "OSTs": 32},
    "pratyush": {"enclosures": 30, "oss": 60, "mds": 4},
    "dell_block": {"disks": 240, "pools": 24, "oss": 2, "OSTs": 24},
    "frontera": {"OSTs": 16},
    "koa": {"OSTs": 58},
    "reference": {"disks": 40000, "OSTs": 4000},
}
"""What is published of each; and what follows from it, of the OSTs of the two Spiders."""
GUIDE = Path(__file__).parents[3] / "docs" / "captures.md"
KINDS = {
    Controller: "controllers",
    Enclosure: "enclosures",
    LustreFilesystem: "filesystems",
    MetadataTarget: "MDTs",
    ObjectStorageTarget: "OSTs",
    PhysicalDisk: "disks",
    StoragePool: "pools",
}


def counts_of(site: str) -> Counter[str]:
    """Return how many parts of each kind a site has, servers by what they are called."""
    blueprint = blueprint_of(sizes_of_site(site, "scratch"))
    counted = Counter(resources=len(blueprint) + 1)  # and the site itself
    for part in blueprint.values():
        if issubclass(part.resource_class, Host):
            counted[part.label.rstrip("0123456789")] += 1
        for kind, name in KINDS.items():
            counted[name] += issubclass(part.resource_class, kind)
    return counted


def documented(site: str) -> dict[str, int]:
    """Return the numbers of a site in the table of the guide."""
    rows = (line.split("|")[1:-1] for line in GUIDE.read_text().splitlines() if "|" in line)
    numbers = next(row[1:] for row in rows if row[0].split()[0] == f"`{site}`")
    names = ("disks", "OSTs", "MDTs", "oss", "resources")
    return {name: int(text.replace(",", "")) for name, text in zip(names, numbers, strict=True)}


@pytest.mark.parametrize("site", SITES)
def test_a_known_site_has_what_is_published_of_it_and_what_the_guide_says(site: str) -> None:
    """Every site that is known is held to its source."""
    expected = {**documented(site), **PUBLISHED[site]}

    counted = counts_of(site)

    assert expected == {name: counted[name] for name in expected}


@pytest.mark.parametrize("site", ["perun", "dell_block", "frontera"])
def test_a_known_site_is_healthy_as_it_stands(site: str) -> None:
    """Every group has all its inputs."""
    assert {} == scanned(site).troubled()


def test_a_site_of_several_filesystems_loses_only_what_it_must() -> None:
    """A couplet belongs to one of them."""
    site = scanned("lumi_p", failed="couplet0-ctrl0,couplet0-ctrl1")

    troubled = {name: word for name, word in site.troubled().items() if name.startswith("lustrep")}
    assert "FAILED" == troubled["lustrep1"]  # its MDT0000 lies there too
    assert {"lustrep1"} == {name.partition("-")[0] for name in troubled}


@pytest.mark.parametrize("said", ["KAUST Shaheen II", "kaust shaheen ii", "Shaheen2", "shaheen2"])
def test_a_site_is_found_by_its_own_name_in_any_spelling(said: str) -> None:
    """As people write it."""
    assert "shaheen2" == SimulatedSite(site=said).site


def test_an_unknown_site_is_told_which_are_known() -> None:
    """A typing mistake is no other site."""
    with pytest.raises(InvalidValue, match=r"must be one of 'custom', 'shaheen2', .*'reference'"):
        SimulatedSite(site="shaheen3")


def scanned(site: str, **settings: object) -> Scanned:
    """Return a scanned site by name."""
    return Scanned(session_of(SimulatedSitePlugin, SimulatedSite(site=site, **settings)))
