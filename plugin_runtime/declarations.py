"""What a resource class declares, gathered and checked when the class is defined.

Every mistake of a class is found before any is raised.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from plugin_runtime.alert_conditions import AlertCondition, can_have
from plugin_runtime.attribute import Attribute, in_words, shown
from plugin_runtime.hints import did_you_mean
from plugin_runtime.identifier import GlobalId, Identifier
from plugin_runtime.mistakes import report_mistakes
from plugin_runtime.options import misspelt_options
from plugin_runtime.relations import Relation
from plugin_runtime.statistics import Statistic, chart_mistakes, charts_of
from topology.schema import GRAPH_PROPERTIES, Chart, ResourceClass

_BUILTIN_PACKAGE = "plugin_runtime.base_resources"
ROOT_MODULE = "plugin_runtime.resource"
_RESERVED = GRAPH_PROPERTIES | {
    *("affects", "cls", "declaration", "holding", "identifier", "inputs", "parents"),
    "plural_label",
}
"""What the graph calls its own, and what is not in the body of the class StorageResource."""
T = TypeVar("T")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Declaration:
    """Everything one resource class declares, its bases' declarations included."""

    name: str
    labels: tuple[str, ...]
    """Its own name first, then its bases' up to, not including, StorageResource."""
    label: str
    plural_label: str
    attributes: Mapping[str, Attribute[Any, Any]]
    """In declared order, base class first."""
    statistics: Mapping[str, Statistic[Any]]
    conditions: tuple[AlertCondition, ...]
    relations: tuple[Relation, ...]
    charts: tuple[Chart, ...]
    identifier: Identifier | None
    """None for a class that only others derive from."""
    identity_owner: str
    """The built-in class whose identities these are; empty where they are the plugin's own."""
    is_scannable: bool
    is_builtin: bool
    icon: str

    @cached_property
    def watched(self) -> frozenset[str]:
        """The names of the attributes and statistics that conditions are on."""
        return frozenset(one.attribute for one in self.conditions)

    @cached_property
    def needed_settings(self) -> tuple[Attribute[Any, Any], ...]:
        """What no scan finds out of a scannable: what identifies it, and its passwords."""
        identifying = self.identifier.names if self.identifier else ()
        return tuple(
            one
            for name, one in self.attributes.items()
            if (one.is_secret or name in identifying) and not (one.is_optional or one.has_default)
        )

    def lacks(self, attributes: Iterable[Attribute[Any, Any]], *, option: str = "") -> str:
        """Tell whoever adds a scannable which settings it lacks, each written after `option`."""
        lacking = list(attributes)
        names = " and ".join(repr(one.name) for one in lacking)
        ways = (f"{option}{one.name}={'@FILE' if one.is_secret else 'VALUE'}" for one in lacking)
        noun = "setting" if len(lacking) == 1 else "settings"
        return f"{self.name} needs the {noun} {names}; write {' '.join(ways)}"

    def resource_class(self, plugin: str) -> ResourceClass:
        """Return the class as plain data, declared by `plugin` unless it is built in."""
        identifying = self.identifier.names if self.identifier else ()
        attributes = [
            one.schema(is_identifier=name in identifying) for name, one in self.attributes.items()
        ]
        return ResourceClass(
            name=self.name,
            plugin="" if self.is_builtin else plugin,
            bases=self.labels[1:],
            label=self.label,
            plural_label=self.plural_label,
            is_scannable=self.is_scannable,
            attributes=(*attributes, *(one.schema() for one in self.statistics.values())),
            charts=self.charts,
            icon=self.icon,
        )


def declaration_of(cls: type) -> Declaration:
    """Return what `cls`, a StorageResource, declares.

    Raises DeclarationError with all its mistakes, unless `gathered_mistakes` collects them.
    """
    bases = [
        one for one in cls.__mro__ if hasattr(one, "get_label") and one.__module__ != ROOT_MODULE
    ]
    attributes: dict[str, Attribute[Any, Any]] = {}
    statistics: dict[str, Statistic[Any]] = {}
    in_body: dict[str, AlertCondition] = {}
    listed: list[AlertCondition] = []
    relations: dict[str, Relation] = {}
    for base in reversed(bases):
        for name, value in vars(base).items():
            for kind in (attributes, statistics, in_body):
                kind.pop(name, None)  # redeclared below, perhaps as something else
            if isinstance(value, Attribute):
                attributes[name] = value
            elif isinstance(value, Statistic):
                statistics[name] = value
            elif isinstance(value, AlertCondition):
                in_body[name] = value
        listed += _listed(base, "alert_conditions", AlertCondition)
        relations |= {one.name: one for one in _listed(base, "groups", Relation)}
    declared: list[Attribute[Any, Any] | Statistic[Any]] = [
        *attributes.values(),
        *statistics.values(),
    ]
    conditions = (*in_body.values(), *listed)
    identifier: Identifier | None = getattr(cls, "identifier", None)
    charts: object = getattr(cls, "charts", ())
    texts = (
        *_stranger_mistakes(cls, "alert_conditions", AlertCondition, "a condition"),
        *_stranger_mistakes(cls, "groups", Relation, "Redundancy, Needs or Series"),
        *_name_mistakes(cls, [*attributes, *statistics]),
        *_label_mistakes(cls),
        *_misplaced_mistakes(cls),
        *(f"{cls.__name__}.{one.name} {text}" for one in declared for text in one.mistakes()),
        *_identifier_mistakes(cls, identifier, attributes),
        *(f"{cls.__name__}.charts: {text}" for text in chart_mistakes(charts, statistics)),
        *_condition_mistakes(cls, in_body, listed, declared),
        *(
            f"{cls.__name__}.groups: {text}"
            for text in _relation_mistakes(cls, relations.values(), attributes)
        ),
    )
    if texts:
        report_mistakes(cls, texts)
    label = _said(cls, "label") or in_words(cls.__name__)
    return Declaration(
        name=cls.__name__,
        labels=tuple(dict.fromkeys(base.__name__ for base in bases)),
        label=label,
        plural_label=_said(cls, "plural_label") or _plural(label),
        attributes=attributes,
        statistics=statistics,
        conditions=conditions,
        relations=tuple(relations.values()),
        charts=charts_of(charts, statistics),
        identifier=identifier,
        identity_owner=_identity_owner(bases, identifier),
        is_scannable=any(base.__name__ == "ScannableStorageResource" for base in cls.__mro__),
        is_builtin=_is_builtin(cls),
        icon=getattr(cls, "icon", ""),
    )


def _said(cls: type, name: str) -> str:
    """Return a text that the class itself says under `name`, "" where it says none."""
    said = vars(cls).get(name)
    return said if isinstance(said, str) else ""


def _plural(label: str) -> str:
    if re.search("(s|x|z|ch|sh)$", label):
        return f"{label}es"
    return re.sub("(?<=[^aeiou])y$", "ie", label) + "s"


def _identity_owner(bases: Sequence[type], identifier: Identifier | None) -> str:
    """Return the nearest built-in class that defines the identifier, if that is global."""
    if not isinstance(identifier, GlobalId):
        return ""
    owners = (base.__name__ for base in bases if _is_builtin(base) and "identifier" in vars(base))
    return next(owners, "")


def _is_builtin(cls: type) -> bool:
    return cls.__module__.rpartition(".")[0] == _BUILTIN_PACKAGE


def _listed(cls: type, name: str, kind: type[T]) -> list[T]:
    return [one for one in vars(cls).get(name, ()) if isinstance(one, kind)]


def _stranger_mistakes(cls: type, name: str, kind: type, wanted: str) -> Iterator[str]:
    for one in vars(cls).get(name, ()):
        if not isinstance(one, kind):
            yield f"{cls.__name__}.{name} holds {one!r}; use {wanted}"


def _name_mistakes(cls: type, names: Sequence[str]) -> Iterator[str]:
    if not (cls.__name__.isascii() and _NAME.fullmatch(cls.__name__)):
        yield f"{cls.__name__!r} is no name for a resource class; use ASCII letters and digits"
    own = {name for base in cls.__mro__ if base.__module__ == ROOT_MODULE for name in vars(base)}
    for name in names:
        if name in _RESERVED or name in own:
            hint = f"{in_words(cls.__name__).split()[-1].lower()}_{name}"
            yield (
                f"{cls.__name__}.{name} takes a name the product uses itself; "
                f"choose another one, such as {hint!r}"
            )
        elif not (name.isascii() and _NAME.fullmatch(name)):
            yield f"{cls.__name__}.{name} is no name for an attribute; use ASCII, a letter first"


def _label_mistakes(cls: type) -> Iterator[str]:
    for name in ("label", "plural_label"):
        value = vars(cls).get(name, "")
        if not isinstance(value, str | Attribute | Statistic):
            yield (
                f"{cls.__name__}.{name} must be text, the words for its class; "
                "what each one is called is for get_label"
            )


def _misplaced_mistakes(cls: type) -> Iterator[str]:
    """Yield what stands under a name where nobody looks for it, and classes that are not called."""
    for name, value in vars(cls).items():
        if isinstance(value, Identifier) and name != "identifier":
            yield f"{cls.__name__}.{name} is {value!r}; call it identifier"
        for place, kind in (("groups", Relation), ("alert_conditions", AlertCondition)):
            within = value if isinstance(value, list | tuple) else [value]
            unseen = [one for one in within if isinstance(one, kind)]
            is_named = name == place or (kind is AlertCondition and within is not value)
            if unseen and not is_named and unseen[0] not in vars(cls).get(place, ()):
                yield f"{cls.__name__}.{name} is looked at by nobody; write {place} = [...]"
        if isinstance(value, type) and issubclass(value, Attribute | Statistic | AlertCondition):
            yield f"{cls.__name__}.{name} is the class {value.__name__}; write {value.__name__}()"


def _identifier_mistakes(
    cls: type, identifier: object, attributes: Mapping[str, Attribute[Any, Any]]
) -> Iterator[str]:
    where = f"{cls.__name__}.identifier"
    if identifier is None:
        return
    if not isinstance(identifier, Identifier):
        yield f"{where} is {identifier!r}; use GlobalId or ScannableId"
        return
    if not identifier.names:
        yield f"{where} names no attribute; declared: {', '.join(attributes)}"
    for text in misspelt_options(type(identifier), identifier.misspelt):
        yield f"{where}: {type(identifier).__name__} {text}"
    given: tuple[object, ...] = identifier.names
    for name in given:
        if not isinstance(name, str):
            near = getattr(name, "name", "") or "serial_number"
            yield f"{where} holds {type(name).__name__}; write names in quotes, such as {near!r}"
        elif name not in attributes:
            yield f"{where} names {name!r}, which is no attribute; {did_you_mean(name, attributes)}"
        elif attributes[name].is_secret:
            yield f"{where} names {name!r}, which is secret; identify it by something else"


def _condition_mistakes(
    cls: type,
    in_body: Mapping[str, AlertCondition],
    listed: Sequence[AlertCondition],
    declared: Sequence[Attribute[Any, Any] | Statistic[Any]],
) -> Iterator[str]:
    watched = {one.name: one for one in declared}
    with_id: dict[str, str] = {}
    for name, one in (*in_body.items(), *(("alert_conditions", one) for one in listed)):
        where = f"{cls.__name__}.{name}: {one!r}"
        if one.attribute in watched:
            attribute = watched[one.attribute]
            if isinstance(attribute, Attribute) and attribute.is_secret:
                yield f"{where} is on {one.attribute!r}, which is secret; watch something else"
            yield from (f"{cls.__name__}.{name}: {text}" for text in one.mistakes(attribute))
        else:
            hint = did_you_mean(one.attribute, watched)
            yield f"{where} is on {one.attribute!r}, which is not declared; {hint}"
        if one.id in with_id:
            yield (
                f"{where} has the id {one.id!r}, as {cls.__name__}.{with_id[one.id]} has; "
                "give one of them an id of its own"
            )
        with_id.setdefault(one.id, name)


def _relation_mistakes(
    owner: type, relations: Iterable[Relation], attributes: Mapping[str, Attribute[Any, Any]]
) -> Iterator[str]:
    for one in relations:
        yield from one.mistakes(attributes)
        for cls in one.classes:
            declaration = getattr(cls, "declaration", None)
            if isinstance(cls, str):
                continue
            if not isinstance(declaration, Declaration):
                yield f"{one!r} is of {cls.__name__}, which is no resource class of its own"
                continue
            for name, values in one.out_of_sync.items():
                attribute = declaration.attributes.get(name)
                if attribute is None:
                    hint = did_you_mean(name, declaration.attributes)
                    yield f"{one!r} names {cls.__name__}.{name}, which is not declared; {hint}"
                    continue
                for value in () if isinstance(values, str) else values:
                    if value is not None and not can_have(attribute, value):
                        where = f"{one!r} lists {shown(value)} for {cls.__name__}.{name}"
                        yield f"{where}, a value it never has"
    for name, times in Counter(one.name for one in _listed(owner, "groups", Relation)).items():
        if times > 1:
            yield f"{times} groups have the name {name!r}; give each a name of its own"
