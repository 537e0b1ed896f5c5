"""Resources as JSON and back, exactly: the form of the journal, of exports and of shared claims.

Whatever has a key stands in an object under it (inputs by kind, source and via; groups by name), so
that two forms of one resource differ only where the resource does. Defaults are left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from topology.gates import (
    IDENTITY,
    MEASURES,
    Gate,
    Group,
    InputMap,
    Needs,
    Rule,
    Rules,
    Tolerates,
)
from topology.model import Alert, Claim, Input, LinkKind, Provision, Resource
from topology.state import State, interval_of

Json = dict[str, Any]


def resource_to_json(resource: Resource) -> Json:
    """Return everything about `resource` but its uid."""
    form: Json = {"claims": {scope: claim_to_json(one) for scope, one in resource.claims.items()}}
    if resource.joined:
        form["joined"] = inputs_to_json(resource.joined)
    if resource.most:
        form["most"] = dict(resource.most)
    if resource.missing_since is not None:
        form["missing_since"] = resource.missing_since
    if resource.alias:
        form["alias"] = resource.alias
    return form | {"own_since": resource.own_since, "own_revision": resource.own_revision}


def resource_from_json(uid: str, form: Mapping[str, Any]) -> Resource:
    """Return the resource that `resource_to_json` wrote."""
    return Resource(
        uid=uid,
        claims={scope: claim_from_json(one) for scope, one in form["claims"].items()},
        joined=inputs_from_json(form.get("joined", {})),
        most=form.get("most", {}),
        missing_since=form.get("missing_since"),
        own_since=form["own_since"],
        own_revision=form["own_revision"],
        alias=form.get("alias", ""),
    )


def claim_to_json(claim: Claim) -> Json:
    """Return everything a scope says of a resource."""
    form: Json = {
        "classes": list(claim.classes),
        "label": claim.label,
        "own_state": claim.own_state.word,
        "can_fail": claim.can_fail,
        "is_service": claim.is_service,
    }
    if claim.attributes:
        form["attributes"] = dict(claim.attributes)
    if claim.groups:
        form["groups"] = groups_to_json(claim.groups)
    if claim.inputs:
        form["inputs"] = inputs_to_json(claim.inputs)
    if claim.provides:
        form["provides"] = [[one.key, one.value] for one in claim.provides]
    if claim.subscribes:
        form["subscribes"] = [[one.key, one.value] for one in claim.subscribes]
    if claim.alerts:
        form["alerts"] = {
            one.condition: {
                "severity": one.severity,
                "message": one.message,
                "since": one.since,
            }
            for one in claim.alerts
        }
    if claim.is_stale:
        form["is_stale"] = True
    if claim.is_hearsay:
        form["is_hearsay"] = True
    return form


def claim_from_json(form: Mapping[str, Any]) -> Claim:
    """Return the claim that `claim_to_json` wrote."""
    return Claim(
        classes=tuple(form["classes"]),
        label=form["label"],
        own_state=interval_of(form["own_state"]),
        can_fail=form["can_fail"],
        is_service=form["is_service"],
        is_hearsay=form.get("is_hearsay", False),
        is_stale=form.get("is_stale", False),
        attributes=form.get("attributes", {}),
        groups=groups_from_json(form.get("groups", {})),
        inputs=inputs_from_json(form.get("inputs", {})),
        provides=tuple(Provision(*one) for one in form.get("provides", ())),
        subscribes=tuple(Provision(*one) for one in form.get("subscribes", ())),
        alerts=tuple(Alert(condition, **one) for condition, one in form.get("alerts", {}).items()),
    )


def inputs_to_json(inputs: tuple[Input, ...]) -> Json:
    """Return the links into a resource by kind, source and via."""
    return {" ".join(one.key).rstrip(): _input_to_json(one) for one in inputs}


def inputs_from_json(form: Mapping[str, Any]) -> tuple[Input, ...]:
    """Return the links that `inputs_to_json` wrote, in their order."""
    return tuple(_input_from_json(key, one) for key, one in form.items())


def _input_to_json(one: Input) -> Json:
    form: Json = {}
    if one.groups:
        form["groups"] = list(one.groups)
    if one.out_of_sync:
        form["out_of_sync"] = list(one.out_of_sync)
    if one.map != IDENTITY:
        form["map"] = map_to_json(one.map)
    return form


def _input_from_json(key: str, form: Mapping[str, Any]) -> Input:
    kind, source, *via = key.split(" ", 2)
    return Input(
        source=source,
        kind=LinkKind(kind),
        groups=tuple(form.get("groups", ())),
        out_of_sync=tuple(form.get("out_of_sync", ())),
        map=map_from_json(form["map"]) if "map" in form else IDENTITY,
        via="".join(via),
    )


def map_to_json(input_map: InputMap) -> list[str]:
    """Return what is seen of an input for each of the five states, best first."""
    return [state.name for state in input_map.seen]


def map_from_json(form: Sequence[str]) -> InputMap:
    """Return the map that `map_to_json` wrote."""
    ok, degraded, critical, partial, failed = (State[word] for word in form)
    return InputMap((ok, degraded, critical, partial, failed))


def groups_to_json(groups: tuple[Group, ...]) -> Json:
    """Return declared groups by name."""
    return {group.name: _group_to_json(group) for group in groups}


def groups_from_json(form: Mapping[str, Any]) -> tuple[Group, ...]:
    """Return the groups that `groups_to_json` wrote, in their order."""
    return tuple(
        Group(
            name=name,
            gate=_gate_from_json(one),
            size=one.get("size"),
            cap=State[one.get("cap", State.FAILED.name)],
            of=tuple(one.get("of", ())),
            weights={uid: Fraction(text) for uid, text in one.get("weights", {}).items()},
        )
        for name, one in form.items()
    )


def _group_to_json(group: Group) -> Json:
    form = _gate_to_json(group.gate)
    if group.size is not None:
        form["size"] = group.size
    if group.cap is not State.FAILED:
        form["cap"] = group.cap.name
    if group.of:
        form["of"] = list(group.of)
    if group.weights:
        form["weights"] = {uid: str(weight) for uid, weight in group.weights.items()}
    return form


def _gate_to_json(gate: Gate) -> Json:
    match gate:
        case Tolerates(failures):
            return {"tolerates": failures}
        case Needs(inputs):
            return {"needs": inputs}
        case Rules(rules):
            return {
                "rules": [
                    {one.measure: str(one.amount), "at": one.at.name, "gives": one.gives.name}
                    for one in rules
                ]
            }


def _gate_from_json(form: Mapping[str, Any]) -> Gate:
    if "rules" in form:
        return Rules(tuple(_rule_from_json(one) for one in form["rules"]))
    if "needs" in form:
        return Needs(form["needs"])
    return Tolerates(form["tolerates"])


def _rule_from_json(form: Mapping[str, str]) -> Rule:
    measure = next(one for one in MEASURES if one in form)
    return Rule(
        measure=measure,
        amount=Fraction(form[measure]),
        at=State[form["at"]],
        gives=State[form["gives"]],
    )
