"""Translates an inner class `Meta` into the declarations of today."""

from __future__ import annotations

import re
import sys
import weakref
from collections.abc import Iterator
from typing import Any

from plugin_runtime.attribute import Attribute
from plugin_runtime.attributes import String
from plugin_runtime.chroma.identifiers import AutoId
from plugin_runtime.chroma.relations import OPPOSITE, Relation, Role
from plugin_runtime.declarations import declaration_of
from plugin_runtime.identifier import GlobalId
from plugin_runtime.resource import StorageResource
from topology.errors import DeclarationError

_SCSI_DEVICES = ("linux", "ScsiDevice")
"""What hosts saw of LUNs; devices of today subscribe to `_SCSI_SERIAL`."""
_SCSI_SERIAL = "scsi_serial"
_relations: weakref.WeakKeyDictionary[type[StorageResource], tuple[Relation, ...]]
_relations = weakref.WeakKeyDictionary()
"""What each class's own Meta relates it to, in the order the classes are defined."""
_joined: weakref.WeakKeyDictionary[type, dict[str, tuple[str, ...]]] = weakref.WeakKeyDictionary()
"""By class: hidden attributes that are provided or subscribed to, and what each is made of."""


def declare_from_meta(cls: type[StorageResource]) -> None:
    """Let `cls` declare what its own Meta says. To be called before declarations are gathered."""
    body: dict[str, Any] = dict(vars(cls))
    meta = body.get("Meta")
    for name in ("identifier", "label", "icon", "alert_conditions", "charts"):
        if hasattr(meta, name):
            setattr(cls, name, getattr(meta, name))
    if isinstance(vars(cls).get("identifier"), AutoId):
        cls.identifier = GlobalId(*_typed_in(cls))
    _relations[cls] = tuple(getattr(meta, "relations", ()))
    _check_relations(cls)
    if "get_label" in body:
        cls.get_label = _as_text(body["get_label"])  # type: ignore[method-assign]


def _typed_in(cls: type) -> Iterator[str]:
    """Yield the names of what an administrator has to give, secrets aside."""
    for base in reversed(cls.__mro__):
        for name, one in vars(base).items():
            is_typed = isinstance(one, Attribute) and not one.is_optional and not one.is_secret
            if is_typed and not one.options.get("user_read_only"):
                yield name


def _as_text(get_label: Any) -> Any:
    """There, a label could be of any type."""

    def get_text(self: StorageResource) -> str:
        return str(get_label(self))

    return get_text


def join_classes(module: str) -> None:
    """Let the relations of a plugin's classes take effect, once all of them are defined.

    `module` is that of the plugin's class.
    """
    of_plugin = [one for one in _relations if _scope(one.__module__) == _scope(module)]
    classes = [one for one in of_plugin if _is_in_its_module(one)]
    for one in classes:
        for relation in _relations[one]:
            names = [one.__name__, relation.other_name]
            ends = ">".join(names if relation.role == "provide" else names[::-1])
            is_scsi = relation.other == _SCSI_DEVICES
            key = _SCSI_SERIAL if is_scsi else f"{ends}({','.join(relation.attributes)})"
            _join(one, relation, relation.role, key)
            for other in classes:
                if any(base.__name__ == relation.other_name for base in other.__mro__):
                    _join(other, relation, OPPOSITE[relation.role], key)
    for one in classes:
        if any(base in _joined for base in one.__mro__):
            one.declaration = declaration_of(one)


def refresh(resource: StorageResource, changed: str | None = None) -> None:
    """Bring up to date what is compared of `resource`, or what of it is made of `changed`."""
    for cls in type(resource).__mro__:
        for name, made_of in _joined.get(cls, {}).items():
            stored = resource.holding.stored()
            if (changed is None or changed in made_of) and stored.keys() >= set(made_of):
                setattr(resource, name, "|".join(str(stored[one]) for one in made_of))


def _join(cls: type[StorageResource], relation: Relation, role: Role, key: str) -> None:
    name = "_".join([role, *relation.attributes, *re.findall(r"\w+", key.partition("(")[0])])
    options: dict[str, Any] = {role: key}
    attribute = String(optional=True, hidden=True, **options)
    setattr(cls, name, attribute)
    attribute.__set_name__(cls, name)
    _joined.setdefault(cls, {})[name] = relation.attributes


def _check_relations(cls: type[StorageResource]) -> None:
    declared = {name for base in cls.__mro__ for name in vars(base)}
    for relation in _relations[cls]:
        for name in relation.attributes:
            if name not in declared:
                raise DeclarationError(
                    f"{cls.__name__}.Meta.relations names {name!r}, which is not declared; "
                    "name attributes of this class"
                )


def _is_in_its_module(cls: type) -> bool:
    """It is not of a module that was loaded again since."""
    return vars(sys.modules.get(cls.__module__, object)).get(cls.__name__) is cls


def _scope(module: str) -> list[str]:
    """Return what all modules of a plugin have in common; a file is under a package of ours."""
    parts = module.split(".")
    return parts[:2] if parts[0] == "topology_plugins" else parts[:1]
