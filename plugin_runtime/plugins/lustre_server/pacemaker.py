"""A Pacemaker cluster as `crm_mon --as-xml` writes it: where targets run, and where they may."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from plugin_runtime import attributes
from plugin_runtime.plugins.lustre_server.capture import Capture, ClusterNode, ClusterTarget, Role
from plugin_runtime.plugins.lustre_server.parameters import FILESYSTEM

COMMAND = ("crm_mon", "--as-xml")
_NEVER = "-1000000"
"""Pacemaker's minus infinity."""
_BEGINS = re.compile(r"<\?xml|<crm_mon\b|<pacemaker-result\b")
_LUSTRE_AGENT = re.compile(r"ocf:(?!.*:health).*(?:lustre|chroma:Target)", re.IGNORECASE)
"""Agents that start and stop targets; others of Lustre watch a node's health."""
_LABEL = re.compile(
    rf"(?<![0-9A-Za-z])({FILESYSTEM})-((?:MDT|OST)[0-9a-f]{{4}})(?![0-9A-Za-z])", re.IGNORECASE
)
_MGS = re.compile(r"(?:.*[-_])?mg[st]", re.IGNORECASE)
_EXASCALER = re.compile(rf"(?P<kind>mdt|ost)(?P<index>[0-9a-f]{{4}})-(?P<filesystem>{FILESYSTEM})")
_ROLES: dict[str, Role] = {
    **dict.fromkeys(("Started", "Master", "Promoted"), "started"),
    **dict.fromkeys(("Starting", "Migrating", "Promoting"), "starting"),
    **dict.fromkeys(("Stopping", "Demoting"), "stopping"),
    "Stopped": "stopped",
}
_TROUBLES = ("unclean", "maintenance", "standby", "standby_onfail", "pending")
"""What else may be true of a node, worst first."""


def cluster_of(text: str, where: str) -> Capture | None:
    """Return nodes and targets of what crm_mon wrote, None for a text that it did not write."""
    begin = _BEGINS.search(text)
    if begin is None or ("<crm_mon" not in text and "<pacemaker-result" not in text):
        return None
    try:
        root = fromstring(text[begin.start() :])
    except (ParseError, DefusedXmlException) as error:
        return Capture(warnings=(f"{where} is cut short or damaged XML ({error})",))
    banned: dict[str, set[str]] = defaultdict(set)
    for ban in root.iter("ban"):
        if ban.get("weight", _NEVER) in (_NEVER, "-INFINITY"):  # else it is only unwelcome there
            banned[ban.get("resource", "")].add(ban.get("node", ""))
    nodes = tuple(
        ClusterNode(one.get("name", ""), _node_state(one))
        for one in root.findall("nodes/node")
        if _is_hostname(one.get("name", "")) and one.get("type", "member") == "member"
    )
    targets: list[ClusterTarget] = []
    strange: list[str] = []
    for one in _lustre_resources(root):
        called = one.get("id", "")
        label = _label(called)
        if label is None:
            strange.append(called)
            continue
        may_run = tuple(node.name for node in nodes if node.name not in banned[called])
        targets.append(ClusterTarget(label, _role(one), may_run))
    warnings = tuple(
        f"{where} has a Lustre resource {one!r}, whose name tells no target" for one in strange
    )
    return Capture(cluster_nodes=nodes, cluster_targets=tuple(targets), warnings=warnings)


def _lustre_resources(root: Element) -> Iterator[Element]:
    """Yield the resources that are targets, whatever they are grouped in."""
    for one in root.iter("resource"):
        agent, called = one.get("resource_agent", ""), one.get("id", "")
        is_mount = agent.endswith(":Filesystem") and _label(called) is not None
        if is_mount or _LUSTRE_AGENT.match(agent):
            yield one


def _label(called: str) -> str | None:
    """Return the target that a resource is named after: "fs-OST0003", or EXAScaler's own way."""
    if _MGS.fullmatch(called):
        return "MGS"
    if match := _LABEL.search(called):
        kind, index = match[2][:3], match[2][3:]
        return f"{match[1]}-{kind.upper()}{index}"
    exascaler = _EXASCALER.fullmatch(called)
    if exascaler is None:
        return None
    return f"{exascaler['filesystem']}-{exascaler['kind'].upper()}{exascaler['index']}"


def _role(resource: Element) -> Role:
    if resource.get("failed") == "true" or resource.get("blocked") == "true":
        return "failed"
    return _ROLES.get(resource.get("role", ""), "unknown")


def _node_state(node: Element) -> str:
    trouble = next((one for one in _TROUBLES if node.get(one) == "true"), "online")
    return trouble if node.get("online") == "true" or trouble == "unclean" else "offline"


def _is_hostname(name: str) -> bool:
    try:
        attributes.Hostname().validate(name)
    except ValueError:
        return False
    return True
