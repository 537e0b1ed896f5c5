"""The pages: every state a site can be in, hostile names, errors, headers."""

from __future__ import annotations

import dataclasses
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from graph import claim
from structlog.testing import capture_logs
from web_sites import BEGUN, NOW, Trouble, client_of, simulated, site_of_claims

import web
from topology.graph.replica import Replica
from topology.live.live_topology import view_of
from topology.model import Claim
from topology.report import incidents_of
from topology.state import EXACTLY, State
from topology.store.values import Scannable
from web.format import StateMark
from web.pages import (
    events,
    explore,
    filesystem,
    filesystems,
    hardware,
    incident,
    now,
    rendering,
    resource,
    resources,
    root_causes,
    rows,
    sources,
    what_if,
)
from web.site import Site

_DISK = Trouble("couplet0-enc1-slot03")
_FAILED = EXACTLY[State.FAILED]
_HOSTILE = (
    "<script>alert(1)</script>",
    '"><svg onload=alert(1)>',
    "{{ 7 * 7 }}",
    "\u202eevil\u202c",
    "مخزن البيانات",
    "n" * 60,
    "ディスク" * 15,
)


class _Texts(HTMLParser):
    """The tags and visible texts of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def _h1(html: str) -> str:
    found = re.search(r"<h1>(.*?)</h1>", html, re.DOTALL)
    assert found is not None
    return " ".join(re.sub(r"<[^>]*>", "", found[1]).split())


def _services(**claims: Claim) -> Site:
    return site_of_claims(claims)


def test_now_says_all_clear_where_nothing_is_broken() -> None:
    """A healthy site: one sentence, and how fresh it is."""
    html = client_of(simulated()).get("/").text

    assert "● Nothing is broken. scratch is OK." == _h1(html)
    assert "All clear:" in html
    assert "scanned 4 s ago" in html


def test_now_says_what_to_do_where_no_scannable_was_added() -> None:
    """A fresh store: the command that begins."""
    html = client_of(site_of_claims({})).get("/").text

    assert "? Nothing is watched yet." == _h1(html)
    assert "topology scannable add" in html


def test_now_says_that_the_first_scan_runs() -> None:
    """A scannable was added, nothing is reported yet."""
    scannable = Scannable(
        "root", "kestrel", "Array", beat=NOW - 1, status={"phase": "scanning", "at": NOW - 1}
    )
    site = dataclasses.replace(site_of_claims({}), scannables=(scannable,))

    html = client_of(site).get("/").text

    assert "? The first scan is running; nothing is known yet." == _h1(html)
    assert "first scan running" in html


def test_now_says_how_much_the_first_scan_has_found() -> None:
    """A large site takes minutes; the number grows meanwhile."""
    status = {"phase": "scanning", "at": NOW - 1, "found": 12_345}
    scannable = Scannable("root", "kestrel", "Array", beat=NOW - 1, status=status)
    site = dataclasses.replace(site_of_claims({}), scannables=(scannable,))

    html = client_of(site).get("/").text

    assert "? The first scan is running: 12,345 resources found so far." == _h1(html)
    assert "first scan running (12,345 found)" in html


@pytest.mark.parametrize(
    ("beat", "status", "words"),
    [
        (0.0, {}, "waits for a runtime"),
        (NOW - 7200, {"phase": "scanning", "at": NOW - 7200}, "waits for a runtime"),
        (NOW - 7200, {"phase": "ok", "heard_at": NOW - 7200}, "stale: not heard of for 2 h"),
        (NOW - 1, {"phase": "ok", "heard_at": NOW - 9}, "scanned 9 s ago"),
        (NOW - 1, {"phase": "failing", "at": NOW, "error": "cannot reach 10.0.0.1"}, "10.0.0.1"),
        (
            NOW - 1,
            {"phase": "failing", "heard_at": NOW - 300, "error": "it is off"},
            "stale: not heard of for 5 min; it is off",
        ),
    ],
)
def test_a_source_says_whether_it_can_be_trusted(
    beat: float, status: dict[str, object], words: str
) -> None:
    """Waiting, stale, fresh, failing with the reason."""
    scannable = Scannable("root", "kestrel", "Array", beat=beat, status=status)
    site = dataclasses.replace(site_of_claims({}), scannables=(scannable,))

    assert words in client_of(site).get("/").text


def test_all_is_not_clear_while_a_disk_is_rebuilt_into_its_pool() -> None:
    """Nothing is broken, and its pool can lose one disk less."""
    site = simulated(Trouble(rebuilding="couplet0-enc1-slot03"))

    html = client_of(site).get("/").text

    assert _h1(html).startswith(
        "◆ Nothing is broken. couplet0-enc1-slot03 is not in sync with couplet0-pool1. "
        "scratch is critical:"
    )
    assert "All clear" not in html
    assert "itself: is not in sync with couplet0-pool1</span></td><td></td>" in html


def test_all_is_not_clear_where_nobody_knows() -> None:
    """Its runtime was killed: no incident is open, and no state is known."""
    stale = {
        uid: dataclasses.replace(
            one,
            claims={
                who: dataclasses.replace(said, is_stale=True) for who, said in one.claims.items()
            },
        )
        for uid, one in simulated().known.resources.items()
    }
    site = dataclasses.replace(simulated(), view=view_of(Replica(stale.values()), at=BEGUN))

    html = client_of(site).get("/").text

    assert "? Nothing is broken. " in _h1(html)
    assert "All clear" not in html


@pytest.mark.parametrize("seconds", [61.0, 899.0, 901.0])
def test_a_source_is_stale_exactly_where_what_it_reported_is_unknown(seconds: float) -> None:
    """It is scanned every five minutes, and its runtime was killed right after a scan."""
    status = {"phase": "ok", "heard_at": NOW - seconds, "period_seconds": 300.0}
    scannable = Scannable("root", "kestrel", "Array", beat=NOW - seconds, status=status)
    site = dataclasses.replace(site_of_claims({}), scannables=(scannable,))

    html = client_of(site).get("/").text

    assert scannable.is_silent(NOW) == ("stale: not heard of for" in html)


def test_a_store_that_is_down_leaves_the_last_known_state_under_a_banner() -> None:
    """Answers go on, and say how old they are."""
    site = dataclasses.replace(simulated(_DISK), problem="cannot reach the store at 'x'")

    response = client_of(site).get("/")

    assert 200 == response.status_code
    assert "Store down:" in response.text
    assert "cannot reach the store at &#39;x&#39;." in response.text
    assert "the last known state, which last changed at 13:59 UTC (13 min ago)" in response.text
    assert "couplet0-enc1-slot03 failed." in response.text


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/incidents/a.1",
        "/fs",
        "/fs/a",
        "/r/a",
        "/resources",
        "/hw",
        "/hw/a",
        "/explore?root=a",
        "/events",
        "/whatif?fail=a",
    ],
)
def test_every_page_says_so_where_the_store_was_never_read(path: str) -> None:
    """503 with the reason and when to come back, not a traceback."""
    response = client_of(Site(now=NOW, problem="cannot reach the store")).get(path)

    assert 503 == response.status_code
    assert "5" == response.headers["Retry-After"]
    assert "The site is not known yet" == _h1(response.text)
    assert "cannot reach the store" in response.text


def test_trouble_that_reaches_no_service_is_listed_apart() -> None:
    """A failed disk that nothing is built on is no incident, and is not kept quiet."""
    site = _services(disk=claim(own=_FAILED, label="sda"), fs=claim("LustreFilesystem", label="f"))

    html = client_of(site).get("/").text

    assert "● 1 thing is broken, but no service feels it. f is OK." == _h1(html)
    assert "Trouble that reaches no service" in html
    assert 'href="/r/disk"' in html


def test_an_incident_that_is_over_is_said_to_be_closed() -> None:
    """Its address stays good: what became of it, and the incident that began since."""
    site = simulated(_DISK)
    (open_one,) = incidents_of(site.known)
    healthy = site.known.find("couplet0-enc1-slot02")

    over = client_of(site).get(f"/incidents/{healthy}.1")
    anew = client_of(site).get(f"/incidents/{open_one.cause}.1")

    assert (410, 410) == (over.status_code, anew.status_code)
    assert "This incident of couplet0-enc1-slot02 is closed." == _h1(over.text)
    assert f"/incidents/{open_one.incident_id}" in anew.text
    assert f"/incidents/{healthy}" not in over.text


@pytest.mark.parametrize("path", ["/incidents/none.1", "/incidents/x", "/fs/none", "/r/none"])
def test_an_unknown_id_is_one_clear_page(path: str) -> None:
    """404 that names the id and where to look."""
    response = client_of(simulated(_DISK)).get(path)

    assert 404 == response.status_code
    assert "There is no such thing" == _h1(response.text)
    assert path.rpartition("/")[2].partition(".")[0] in response.text


def test_the_table_says_what_the_picture_says() -> None:
    """Every affected resource is a row."""
    site = simulated(Trouble("couplet0-enc1"))
    (incident_,) = incidents_of(site.known)

    html = client_of(site).get(f"/incidents/{incident_.incident_id}?view=table").text

    assert "<svg" not in html
    assert all(f'href="/r/{uid}"' in html for uid in incident_.affected)


def test_opening_a_crowd_shows_its_members() -> None:
    """A folded card leads to the same page with each of them on a card."""
    site = simulated(_DISK)
    (incident_,) = incidents_of(site.known)
    client = client_of(site)
    folded = client.get(f"/incidents/{incident_.incident_id}").text
    healthy = site.known.find("couplet0-enc0-slot02")
    assert f'href="/r/{healthy}"' not in folded

    opened = client.get(f"/incidents/{incident_.incident_id}?open={healthy}").text

    assert f'href="/r/{healthy}"' in opened
    assert "fold all" in opened


def test_a_filesystem_page_tells_its_targets_by_kind_and_state() -> None:
    """Counts by state, servers, and what has become a single point of failure."""
    html = client_of(simulated(_DISK)).get("/fs/scratch").text

    assert "◆ scratch is critical: it works, but one more failure can end it." == _h1(html)
    assert "1 Critical" in html
    assert "3 OK" in html
    assert "oss0" in html
    assert "4 enclosures:" in html


def test_several_filesystems_are_listed_the_worst_first() -> None:
    """One of two is down; each leads to its page."""
    site = _services(
        disk=claim(own=_FAILED, label="sda"),
        home=claim("LustreFilesystem", label="home"),
        scratch=claim("LustreFilesystem", parents=["disk"], label="scratch"),
    )

    html = client_of(site).get("/fs").text

    assert "✕ 1 of 2 filesystems is not OK." == _h1(html)
    assert html.index('href="/fs/scratch"') < html.index('href="/fs/home"')


def test_the_only_filesystem_needs_no_list() -> None:
    """The link in the head leads straight to it; without one there is a sentence."""
    response = client_of(simulated()).get("/fs")

    assert (302, "/fs/scratch") == (response.status_code, response.headers["Location"])
    assert "No filesystem is reported." in client_of(site_of_claims({})).get("/fs").text


def test_two_filesystems_of_one_name_are_both_offered() -> None:
    """The name "lustre" at two sites is two filesystems."""
    site = _services(
        one=claim("LustreFilesystem", label="lustre"), two=claim("LustreFilesystem", label="lustre")
    )

    html = client_of(site).get("/fs/lustre").text

    assert "2 filesystems are named lustre." == _h1(html)
    assert 'href="/fs/one"' in html
    assert 'href="/fs/two"' in html


def test_a_filesystem_whose_name_is_no_plain_address_is_linked_by_its_id() -> None:
    """A name with a slash would be another address."""
    html = client_of(_services(fs1=claim("LustreFilesystem", label="a/b"))).get("/").text

    assert 'href="/fs/fs1"' in html


def test_a_missing_member_says_since_when() -> None:
    """Removed from the report, kept with its last attributes, counted as failed."""
    site = simulated(Trouble(removed="couplet0-enc1-slot03"))

    html = client_of(site).get("/r/couplet0-enc1-slot03").text

    assert "✕ couplet0-enc1-slot03 is missing." == _h1(html)
    assert "Missing since 13:59 UTC (14 min ago)" in html
    assert "<code>topology accept PhysicalDisk-" in html
    assert "7.3 TiB" in html


@pytest.mark.parametrize("name", _HOSTILE)
def test_hostile_names_stay_text_on_every_page(name: str) -> None:
    """Markup is escaped, directions are isolated, long names are clipped with a whole title."""
    site = _services(
        shelf=claim("Enclosure", label=name),
        disk=claim(parents=["shelf"], own=_FAILED, label=name),
        pool=claim("StoragePool", parents=["disk"], label=name),
        scratch=claim("LustreFilesystem", parents=["pool"], label=name),
    )
    (incident_,) = incidents_of(site.known)
    paths = (
        "/",
        f"/incidents/{incident_.incident_id}",
        "/fs/scratch",
        "/r/pool",
        "/resources",
        "/whatif?fail=disk&repair=pool",
        "/explore?root=scratch&dir=up",
        "/hw/shelf",
    )
    for path in paths:
        html = client_of(site).get(path).text

        tags = _Texts(html).tags
        assert not [attributes for tag, attributes in tags if tag == "script" and not attributes]
        assert not [attributes for _, attributes in tags if "onload" in attributes]
        assert "49" not in _h1(html)
        assert "bdi" in {tag for tag, _ in tags}


def test_a_search_finds_by_name_serial_and_state() -> None:
    """The text may be any part of a name, id or serial."""
    client = client_of(simulated(_DISK))

    assert "1 resource found." == _h1(client.get("/resources?q=ENC1-slot03").text)
    assert "1 resource found." == _h1(client.get("/resources?q=2701a57e").text)
    assert "1 resource found." == _h1(client.get("/resources?state=FAILED").text)
    assert "46 resources found." == _h1(client.get("/resources?class=PhysicalDisk").text)
    assert "0 resources found." == _h1(client.get("/resources?q=%00%3Cb%3E").text)


def test_every_response_carries_the_security_headers() -> None:
    """Pages, JSON, static files and errors alike."""
    client = client_of(simulated())
    for path in ("/", "/api/v1/resources", "/healthz", "/static/style.css", "/nope", "/api/nope"):
        with client.get(path) as response:
            headers = response.headers

        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert "nosniff" == headers["X-Content-Type-Options"]
        assert "same-origin" == headers["Referrer-Policy"]
        assert headers["X-Request-Id"]


def test_a_page_needs_nothing_from_elsewhere() -> None:
    """No address leaves the site, no inline style or script meets the content policy."""
    site = simulated(_DISK)
    (incident_,) = incidents_of(site.known)
    for path in ("/", f"/incidents/{incident_.incident_id}", "/fs/scratch", "/r/scratch"):
        for tag, attributes in _Texts(client_of(site).get(path).text).tags:
            assert tag != "style"
            assert tag != "script" or "src" in attributes
            assert "style" not in attributes
            for name in ("href", "src", "action"):
                assert (attributes.get(name) or "/").startswith(("/", "#"))


def test_static_addresses_change_with_their_content() -> None:
    """With the hash they may be kept for ever, without it they are asked for again."""
    client = client_of(simulated())
    (address,) = re.findall(r'href="(/static/style\.css[^"]*)"', client.get("/").text)

    with client.get(address) as kept, client.get("/static/style.css") as asked_for:
        assert "immutable" in kept.headers["Cache-Control"]
        assert "no-cache" == asked_for.headers["Cache-Control"]


def test_a_proxy_may_mount_the_pages_under_a_path() -> None:
    """X-Forwarded-Prefix goes before every address on the page."""
    client = client_of(simulated(_DISK))

    html = client.get("/", headers={"X-Forwarded-Prefix": "/topology"}).text

    addresses = [
        attributes[name]
        for _, attributes in _Texts(html).tags
        for name in ("href", "src", "action")
        if attributes.get(name)
    ]
    assert addresses
    assert [] == [one for one in addresses if not str(one).startswith(("/topology/", "#"))]


def test_the_style_sheet_stays_small() -> None:
    """12 KB at most (ui: budget)."""
    path = Path(web.__file__).parent / "static" / "style.css"

    assert path.stat().st_size <= 12 * 1024


def test_every_field_of_every_context_says_what_it_is() -> None:
    """Who writes a template reads the context, not the code that fills it."""
    modules = (
        *(filesystem, incident, now, rendering, resource, resources, root_causes, rows, sources),
        *(events, explore, filesystems, hardware, what_if),
    )
    contexts = {
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type)
        and dataclasses.is_dataclass(value)
        and value.__module__.startswith("web.pages")
    }

    assert StateMark not in contexts
    assert 20 <= len(contexts)
    for context in contexts:
        for one in dataclasses.fields(context):
            assert one.metadata.get("help"), f"{context.__name__}.{one.name} has no help"


def test_a_defect_is_one_clear_page_with_a_request_id() -> None:
    """Whatever breaks inside, no traceback reaches a user."""
    view = simulated(_DISK).known
    broken = dataclasses.replace(view, judgement=None)  # type: ignore[arg-type]
    site = Site(now=NOW, view=broken)

    with capture_logs() as logged:
        page = client_of(site).get("/")
        answer = client_of(site).get("/api/v1/incidents")

    assert (500, 500) == (page.status_code, answer.status_code)
    assert "This service has a defect" == _h1(page.text)
    assert page.headers["X-Request-Id"] in page.text
    assert answer.headers["X-Request-Id"] == answer.get_json()["instance"]
    assert "Traceback" not in page.text + answer.text
    assert [page.headers["X-Request-Id"], answer.headers["X-Request-Id"]] == [
        one["request_id"] for one in logged
    ]


def test_the_age_of_an_incident_is_counted_from_its_begin() -> None:
    """Since when the cause's own state is what it is."""
    html = client_of(simulated(_DISK)).get("/").text

    assert 840 == NOW - BEGUN
    assert "Since 13:59 UTC (14 min)" in html


def test_the_page_of_a_target_names_its_servers_the_preferred_one_first() -> None:
    """As its path weights rank them."""
    weights = {
        f"weight-{server}": dataclasses.replace(
            claim("PathWeight"), attributes={"target": "ost", "server": server, "weight": weight}
        )
        for server, weight in (("oss1", 1), ("oss2", 2))
    }
    servers = {name: claim("LustreServer", label=name) for name in ("oss1", "oss2")}
    ost = claim("ObjectStorageTarget", parents=servers, label="home-OST0000")
    site = site_of_claims({**servers, **weights, "ost": ost})

    page = resource.ResourcePage.of(site, "ost")

    assert ["oss2", "oss1"] == [one.name for one in page.servers]
    assert "Servers, preferred first" in client_of(site).get("/r/ost").text
