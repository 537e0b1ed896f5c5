"""Pages that keep themselves true: ETags, and the few scripts that ask with them."""

from __future__ import annotations

import gzip
import hashlib
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from web_sites import Trouble, client_of, simulated

import web
from topology.report import incidents_of
from web.app import create_app
from web.site import Site

_STATIC = Path(web.__file__).parent / "static"
_SITE = simulated(Trouble("couplet0-enc1-slot03"))
_PAGES = (
    "/",
    f"/incidents/{incidents_of(_SITE.known)[0].incident_id}",
    "/fs/scratch",
    "/r/scratch",
    "/resources",
    "/explore?root=scratch",
    "/hw",
    "/events",
    "/whatif?fail=oss0",
)


def _status_of(site: Site, later: Site, path: str) -> int:
    """Return how the page is answered `later` to who has it from `site`."""
    tag = client_of(site).get(path).headers["ETag"]
    response = client_of(later).get(path, headers={"If-None-Match": tag})
    assert (response.status_code == 304) == (response.data == b"")
    return response.status_code


@pytest.mark.parametrize("path", _PAGES)
def test_a_page_is_sent_again_only_when_it_may_show_something_else(path: str) -> None:
    """Seconds later: 304. Another revision, another minute, a store that is down: the page."""
    assert 304 == _status_of(_SITE, replace(_SITE, now=_SITE.now + 5), path)
    assert 200 == _status_of(_SITE, replace(_SITE, view=replace(_SITE.known, revision=9)), path)
    assert 200 == _status_of(_SITE, replace(_SITE, now=_SITE.now + 60), path)
    assert 200 == _status_of(_SITE, replace(_SITE, problem="cannot reach the store"), path)


def test_a_scan_renews_the_page_that_tells_of_scans() -> None:
    """Now says how the scans go; a resource's page does not."""
    (scannable,) = _SITE.scannables
    later = replace(scannable, status={**scannable.status, "at": _SITE.now})
    scanned = replace(_SITE, scannables=(later,))

    assert (200, 304) == (
        _status_of(_SITE, scanned, "/"),
        _status_of(_SITE, scanned, "/fs/scratch"),
    )


def test_the_tag_on_the_page_is_the_tag_of_the_answer() -> None:
    """The script asks with it, so that a 304 reaches it rather than the browser's cache."""
    response = client_of(_SITE).get("/")

    assert f"data-etag='{response.headers['ETag']}'" in response.text


def test_before_the_first_read_no_page_has_a_tag() -> None:
    """What stands there then is no answer to keep."""
    client = create_app(lambda: Site(now=_SITE.now)).test_client()

    response = client.get("/", headers={"If-None-Match": '"", W/""'})

    assert 503 == response.status_code
    assert "ETag" not in response.headers


def test_files_of_others_are_as_released() -> None:
    """Each is named with version, licence and hash, and no file lacks that."""
    folder = _STATIC / "vendor"
    told = tomllib.loads((folder / "VENDOR.toml").read_text(encoding="utf-8"))

    licences = {one["licence_file"] for one in told.values()}
    assert {*told, *licences, "VENDOR.toml"} == {path.name for path in folder.iterdir()}
    for name, one in told.items():
        assert one["sha256"] == hashlib.sha256((folder / name).read_bytes()).hexdigest()
        assert one["name"] + "@" + one["version"] in one["source"]


def test_the_scripts_stay_small() -> None:
    """25 KB at most, as they are sent (ui: budget)."""
    scripts = list(_STATIC.rglob("*.js"))

    assert 3 == len(scripts)
    assert sum(len(gzip.compress(path.read_bytes())) for path in scripts) <= 25 * 1024
