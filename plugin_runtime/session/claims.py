"""What a session says of one resource, as the graph understands it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from plugin_runtime.relations import Relation
from plugin_runtime.resource import StorageResource
from topology.errors import InvalidValue
from topology.gates import IDENTITY, Group, InputMap
from topology.ingest.correlate import canonical, groups_for
from topology.model import Alert, Claim, Input, LinkKind, Provision, Value
from topology.state import Interval, State


def claim_of(
    resource: StorageResource, label: str, alerts: tuple[Alert, ...], own_state: Interval
) -> Claim:
    """Return the claim on `resource` as it is now; values that are not set are left out.

    Raises InvalidValue where a value makes a declared group meaningless.
    """
    declaration = resource.declaration
    groups = tuple(_group(one, resource) for one in declaration.relations)
    stored = resource.holding.reported()
    return Claim(
        classes=declaration.labels,
        label=label,
        attributes=stored,
        own_state=own_state,
        can_fail=resource.can_fail,
        is_service=resource.is_service,
        is_hearsay=resource.is_hearsay(),
        groups=groups,
        inputs=(
            *(
                _input(resource, LinkKind.PARENT_OF, one, groups)
                for one in resource.holding.parents.values()
            ),
            *(
                _input(resource, LinkKind.AFFECTS, one, groups)
                for one in resource.holding.affecting.values()
            ),
        ),
        provides=_provisions(resource, stored, "provide"),
        subscribes=_provisions(resource, stored, "subscribe"),
        alerts=alerts,
    )


def first_claim(root: StorageResource) -> Claim:
    """Return what can be said of a root that was never scanned, whatever its class does."""
    try:
        label = label_of(root)
    except Exception:  # noqa: BLE001 - its own label may rest on what only a scan finds out
        label = StorageResource.get_label(root)
    return Claim(root.declaration.labels, label, root.holding.stored(), can_fail=root.can_fail)


_REORDERING = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))
"""Characters that would turn round the sentence a label stands in: UAX 9, overrides and such."""


def label_of(resource: StorageResource) -> str:
    """Return what people call `resource`. Raises InvalidValue where its class gives no text."""
    label: object = resource.get_label()
    if isinstance(label, str) and (text := label.translate(_REORDERING)).strip():
        return text
    raise InvalidValue(
        f"{resource!r}.get_label() must return text that is not empty, got {label!r}"
    )


def _group(relation: Relation, resource: StorageResource) -> Group:
    try:
        return relation.declared(resource)
    except InvalidValue:
        raise
    except ValueError as error:
        raise InvalidValue(f"{resource!r} has the group {relation!r}, which {error}") from error


def _cap_on(relation: Relation, resource: StorageResource, source: StorageResource) -> State:
    try:
        return relation.cap_on(source)
    except ValueError as error:
        raise InvalidValue(f"{resource!r} has the group {relation!r}, which {error}") from error


def _input(
    resource: StorageResource, kind: LinkKind, source: StorageResource, groups: tuple[Group, ...]
) -> Input:
    names = groups_for(groups, source.declaration.labels)
    mine = [one for one in resource.declaration.relations if one.name in names]
    cap = min((_cap_on(one, resource, source) for one in mine), default=State.FAILED)
    return Input(
        source=source.uid,
        kind=kind,
        groups=names,
        map=IDENTITY if cap is State.FAILED else InputMap.capped(cap),
        out_of_sync=tuple(one.name for one in mine if one.is_out_of_sync(source)),
    )


def _provisions(
    resource: StorageResource, stored: Mapping[str, Value], role: Literal["provide", "subscribe"]
) -> tuple[Provision, ...]:
    """Return what the attributes provide or subscribe to, each once: two may say the same."""
    found: dict[Provision, None] = {}
    for name, attribute in resource.declaration.attributes.items():
        key = attribute.options.get(role)
        value = canonical(key, str(stored[name])) if key and name in stored else None
        if key and value is not None:
            found[Provision(key, value)] = None
    return tuple(found)
