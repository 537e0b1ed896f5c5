"""A Lustre server in a Pacemaker cluster: where its targets may run, and what is down."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from linux_hosts import fixture
from lustre_servers import MGC, attributes, captured, own_states, scanned, session
from structlog.testing import capture_logs

from plugin_runtime.plugins.lustre_server.pacemaker import cluster_of
from plugin_runtime.testing import Scanned

HEALTHY = MGC + "health_check=healthy\n"
OST = "ocf::ddn:lustre-server"


def crm_mon(
    *, role: str = 'role="Started" failed="false"', oss2: str = 'online="true"', ban: str = ""
) -> str:
    """Return what crm_mon writes of three servers and two targets, one of them in `role`."""
    bans = f'<bans><ban id="b" resource="ost0000-scratch" node="{ban}" weight="-1000000"/>'
    bans += '<ban id="c" resource="ost0000-scratch" node="oss1" weight="-100"/></bans>'
    return f"""\
<?xml version="1.0" encoding="UTF-8"?>
<crm_mon version="1.1.19">
  <nodes>
    <node name="oss1" online="true" type="member"/>
    <node name="oss2.site" {oss2} type="member"/>
    <node name="oss3" online="true" standby="true" type="member"/>
    <node name="not a name" online="true" type="member"/>
  </nodes>
  <resources>
    <resource id="mdt0000-scratch-vg" resource_agent="ocf::heartbeat:LVM" role="Stopped"/>
    <group id="g"><resource id="ost0000-scratch" resource_agent="{OST}" {role}>
      <node name="oss2.site"/></resource></group>
    <resource id="scratch-MDT000a_c0ffee" resource_agent="ocf:lustre:Lustre" role="Started"/>
    <resource id="elsewhere" resource_agent="ocf:lustre:Lustre" role="Started"/>
    <resource id="client" resource_agent="systemd:lustre-client.mount" role="Stopped"/>
  </resources>
  {bans if ban else ""}
</crm_mon>
"""


@pytest.mark.parametrize(
    ("called", "agent", "label"),
    [
        ("scratch-OST0001_8df1a7", "ocf::chroma:Target", "scratch-OST0001"),
        ("scratch-ost000a", "ocf:lustre:Lustre", "scratch-OST000a"),
        ("scratch-mgt", "ocf:lustre:Lustre", "MGS"),
        ("MGS", "ocf:heartbeat:Filesystem", "MGS"),
        ("scratch-OST0001", "ocf:heartbeat:ZFS", None),
        ("healthLUSTRE", "ocf:lustre:healthLUSTRE", None),
        ("var-lib", "ocf:heartbeat:Filesystem", None),
    ],
)
def test_what_a_resource_starts_is_told_by_its_agent_and_its_name(
    called: str, agent: str, label: str | None
) -> None:
    """People write targets in small letters too; a pool or a check of health is no target."""
    text = (
        '<crm_mon><nodes><node name="oss1" online="true"/></nodes><resources>'
        f'<resource id="{called}" resource_agent="{agent}" role="Stopped"/></resources></crm_mon>'
    )

    capture = cluster_of(text, "the capture")

    assert capture is not None
    assert ([label] if label else []) == [one.label for one in capture.cluster_targets]
    assert () == capture.warnings


def test_a_target_may_run_wherever_it_is_not_banned(tmp_path: Path) -> None:
    """Each of the servers --> the target; one that is in standby, too."""
    server = scanned(captured(tmp_path, HEALTHY, crm_mon(ban="oss3")))

    by_target = {
        target: {source for source, to in server.links if to == target and "oss" in source}
        for target in ("scratch-OST0000", "scratch-MDT000a")
    }
    assert {"oss1", "oss2.site"} == by_target["scratch-OST0000"]
    assert {"oss1", "oss2.site", "oss3"} == by_target["scratch-MDT000a"]


@pytest.mark.parametrize(
    ("role", "state"),
    [
        ('role="Started" failed="false"', "UNKNOWN"),
        ('role="Started" failed="true"', "FAILED"),
        ('role="Stopped" failed="false"', "FAILED"),
        ('role="Starting" failed="false"', "UNKNOWN"),
        ('role="Gibberish" failed="false"', "UNKNOWN"),
    ],
)
def test_a_target_that_no_server_runs_has_failed(tmp_path: Path, role: str, state: str) -> None:
    """Of one that runs, the server that it runs on knows more."""
    server = scanned(captured(tmp_path, HEALTHY, crm_mon(role=role)))

    assert state == own_states(server)["scratch-OST0000"]
    assert attributes(server, "scratch-OST0000")["served_here"] is False


def test_what_the_serving_server_says_counts_and_every_server_can_take_over(
    tmp_path: Path,
) -> None:
    """oss1 only knows from Pacemaker that oss2 serves it."""
    served = "obdfilter.scratch-OST0000.uuid=x\nmdt.scratch-MDT000a.uuid=x\n"
    site = scanned(captured(tmp_path / "oss1", HEALTHY, crm_mon()))

    site.add(session(captured(tmp_path / "oss2", HEALTHY + served, crm_mon()), "oss2.site"))

    assert "OK" == own_states(site)["scratch-OST0000"]
    assert "OK" == site.resources["oss2.site"].own_state.word


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ('online="true"', "OK"),
        ('online="false"', "FAILED"),
        ('online="true" unclean="true"', "FAILED"),
        ('online="true" standby="true"', "DEGRADED"),
        ('online="true" pending="true"', "UNKNOWN"),
    ],
)
def test_a_server_that_cannot_speak_is_spoken_of(tmp_path: Path, said: str, state: str) -> None:
    """Its neighbours in the cluster see that it is down."""
    server = scanned(captured(tmp_path, HEALTHY, crm_mon(oss2=said)))

    assert state == server.resources["oss2.site"].own_state.word


def test_a_host_that_is_no_node_of_the_cluster_is_told_which_are(tmp_path: Path) -> None:
    """Its name was mistyped, or the capture is another cluster's."""
    with capture_logs() as logs:
        server = scanned(captured(tmp_path, HEALTHY, crm_mon()), "oss9")

    told = [one["event"] for one in logs]
    assert any("no node oss9" in one and "oss1, oss2.site, oss3" in one for one in told)
    assert any("'elsewhere', whose name tells no target" in one for one in told)
    assert ("oss9", "scratch-OST0000") not in server.links


BOMB = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><crm_mon><nodes>&a;</nodes></crm_mon>'


@pytest.mark.parametrize("text", [BOMB, crm_mon()[:-40], "<crm_mon"])
def test_a_damaged_answer_tells_nothing_and_says_so(text: str) -> None:
    """Nor is an entity ever expanded."""
    told = cluster_of(text, "it")

    assert told is not None
    assert ((), ()) == (told.cluster_nodes, told.cluster_targets)
    assert any("cut short or damaged XML" in one for one in told.warnings)


@given(st.integers(0, len(crm_mon()) - 2))
def test_a_text_cut_anywhere_tells_of_no_target(end: int) -> None:
    """Half a list of targets would say that the others are not managed."""
    told = cluster_of(crm_mon()[:end].rstrip(), "it")

    assert told is None or () == told.cluster_targets


@pytest.mark.fixtures
def test_a_real_cluster_has_four_servers_and_thirteen_targets() -> None:
    """The MGS may run on two of them, every other target on all four."""
    server = scanned(fixture("lustre-pacemaker/es_fixture.xml"), "ai400-0a9c-vm00")

    targets = own_states(server)
    mgs = next(label for label in targets if label.startswith("MGS"))
    runs_on = {
        target: sum(to == target and source.startswith("ai400") for source, to in server.links)
        for target in targets
    }
    assert 13 == len(targets)
    assert {mgs: 2} | dict.fromkeys(targets.keys() - {mgs}, 4) == runs_on


def test_a_real_cluster_that_was_cut_short_keeps_what_other_captures_tell(tmp_path: Path) -> None:
    """What is sure is kept."""
    served = "obdfilter.scratch-OST0000.uuid=x\n"

    server: Scanned = scanned(captured(tmp_path, HEALTHY + served, crm_mon()[:600]))

    assert {"scratch-OST0000": "OK"} == own_states(server)
