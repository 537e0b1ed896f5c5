"""What ends a resource as a fault tree in the Open-PSA Model Exchange Format (MEF 2.0d).

Gates are resources at a threshold, basic events are components that have not failed. What has
failed is no longer in the tree, so its minimal cut sets are sets of further failures.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from topology.errors import UsageError
from topology.impact.fault_tree import Condition, FaultTree, Place
from topology.live.view import View
from topology.state import State

_NO_NAME = re.compile("[^A-Za-z0-9_]+")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def open_psa(view: View, uid: str) -> str:
    """Return the fault tree of a resource being PARTIAL or worse, as XML.

    Basic events have no probabilities: the tool that reads it adds them. Raises UsageError where
    the resource has ended already, or where no number of failed inputs says what ends it: in a
    cycle, by weights, or by trouble less than PARTIAL. Cost: the links upstream.
    """
    if view.state(uid).low.has_ended:
        raise UsageError(
            f"{view.name(uid)} has ended already, so nothing further ends it; export it as it was "
            "before, or as something that works"
        )
    tree = FaultTree(view.layout, view.design, view.judgement.states)
    return _Writing(view, tree).document(uid)


class _Writing:
    def __init__(self, view: View, tree: FaultTree) -> None:
        self._view = view
        self._tree = tree
        self._names: dict[Place | str, str] = {}
        self._taken: set[str] = set()

    def document(self, uid: str) -> str:
        top = (uid, State.PARTIAL)
        root = ET.Element("opsa-mef")
        tree = ET.SubElement(
            root, "define-fault-tree", name=f"tree_{_identifier(self._view.name(uid))}"
        )
        self._label(tree, f"What ends {self._view.name(uid)}")
        waiting, seen = [top], {top}
        components: dict[str, None] = {}
        for place in waiting:  # grows while it is walked
            node = self._tree.node(place)
            if node.is_by_trial:
                raise UsageError(
                    f"{self._view.name(place[0])} is in a cycle, or ends by weights or by trouble "
                    "less than PARTIAL, which a fault tree cannot say; export what lies below it"
                )
            if node.is_component:
                components[place[0]] = None
            own = [place[0]] if node.is_component else []
            self._define(tree, place, [*own, *node.conditions])
            inputs = [one for condition in node.conditions for one in condition.inputs]
            waiting += [one for one in dict.fromkeys(inputs) if one not in seen]
            seen.update(inputs)
        data = ET.SubElement(root, "model-data")
        for component in components:
            event = ET.SubElement(data, "define-basic-event", name=self._event(component))
            self._label(event, f"{self._view.name(component)} fails")
        ET.indent(root)
        return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"

    def _define(self, tree: ET.Element, place: Place, causes: list[str | Condition]) -> None:
        """Add the gate of a place; a cause that is a formula gets a gate of its own.

        MEF lets formulas nest, but SCRAM, which reads it, takes events alone as arguments.
        """
        said = f"{self._view.name(place[0])} {place[1].name} or worse"
        gate = ET.SubElement(tree, "define-gate", name=self._gate(place))
        self._label(gate, said)
        found = [one for one in map(self._formula, causes) if one is not None]
        if len(found) == 1:
            gate.append(found[0])
        elif found:
            gate.append(_formula("or", [self._as_event(tree, place, said, one) for one in found]))
        else:
            gate.append(ET.Element("constant", value="false"))

    def _as_event(
        self, tree: ET.Element, place: Place, said: str, formula: ET.Element
    ) -> ET.Element:
        if "name" in formula.attrib:
            return formula
        name = self._unique("gate", f"{_identifier(self._view.name(place[0]))}_inputs")
        gate = ET.SubElement(tree, "define-gate", name=name)
        self._label(gate, f"{said} by its inputs")
        gate.append(formula)
        return ET.Element("gate", name=name)

    def _formula(self, cause: str | Condition) -> ET.Element | None:
        """Return one cause of a gate, None where it cannot come about."""
        if isinstance(cause, str):
            return ET.Element("basic-event", name=self._event(cause))
        inputs = [ET.Element("gate", name=self._gate(one)) for one in cause.inputs]
        if cause.needed > len(inputs):
            return None
        if len(inputs) == 1:
            return inputs[0]
        if cause.needed in (1, len(inputs)):
            return _formula("or" if cause.needed == 1 else "and", inputs)
        return _formula("atleast", inputs, min=str(cause.needed))

    def _gate(self, place: Place) -> str:
        return self._name("gate", place)

    def _event(self, component: str) -> str:
        return self._name("event", component)

    def _name(self, kind: str, key: Place | str) -> str:
        """Return an MEF identifier, unique in the document, that resembles the name."""
        if key not in self._names:
            uid, ending = (key, "") if isinstance(key, str) else (key[0], f"_{key[1].name}")
            self._names[key] = self._unique(kind, f"{_identifier(self._view.name(uid))}{ending}")
        return self._names[key]

    def _unique(self, kind: str, said: str) -> str:
        name = next(one for one in _candidates(kind, said) if one not in self._taken)
        self._taken.add(name)
        return name

    def _label(self, element: ET.Element, text: str) -> None:
        ET.SubElement(element, "label").text = _NOT_XML.sub("\ufffd", text)


def _formula(name: str, arguments: list[ET.Element], **attributes: str) -> ET.Element:
    formula = ET.Element(name, attributes)
    formula.extend(arguments)
    return formula


def _identifier(name: str) -> str:
    return _NO_NAME.sub("_", name).strip("_")


def _candidates(kind: str, said: str) -> Iterator[str]:
    name = f"{kind}_{said}"
    yield name
    number = 2
    while True:
        yield f"{name}_{number}"
        number += 1
