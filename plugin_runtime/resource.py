"""Resources: what plugin authors derive their classes from, and what an instance holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

from plugin_runtime.alert_conditions import AlertCondition
from plugin_runtime.attribute import Attribute
from plugin_runtime.declarations import Declaration, declaration_of
from plugin_runtime.held_values import HeldValues
from plugin_runtime.hints import did_you_mean
from plugin_runtime.identifier import FirstOf, GlobalId, Identifier, ScannableId
from plugin_runtime.paths import arrows, path_between
from plugin_runtime.relations import Relation
from plugin_runtime.statistics import Statistic
from topology.errors import InvalidValue
from topology.statistics import SampleValue

__all__ = [
    "FirstOf",
    "GlobalId",
    "ScannableId",
    "ScannableStorageResource",
    "StorageResource",
]


V = TypeVar("V")
_NOTHING: Mapping[str, object] = MappingProxyType({})


class StorageResource:
    """One identified thing. Derive from it, declare attributes, and an identifier over them.

    Assigning an attribute is the notification: the session sends what differs. Safe from any
    thread. Only declared names can be assigned.
    """

    label: ClassVar[str]
    """What people call one of these; by default the class's name in words."""
    plural_label: ClassVar[str]
    """What people call several; by default the plural of the label."""
    icon: ClassVar[str] = ""
    identifier: ClassVar[Identifier]
    groups: ClassVar[Sequence[Relation]] = ()
    """How much of its inputs one needs; inputs of a class no group names are all needed."""
    alert_conditions: ClassVar[Sequence[AlertCondition]] = ()
    """Conditions beside those in the class body."""
    charts: ClassVar[Sequence[Mapping[str, object]]] = ()
    """Which statistics are drawn together; by default each has a chart of its own.

    Mappings with a `title` and a list `series` of names, with at most two units.
    """
    can_fail: ClassVar[bool] = True
    """It is a thing that can fail by itself."""
    is_service: ClassVar[bool] = False
    """It is what people use, such as a filesystem, and what answers are about."""
    declaration: ClassVar[Declaration]
    """Everything declared, gathered when the class is defined."""

    holding: ResourceHolding
    """What the runtime keeps of this resource; not for plugins."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.declaration = declaration_of(cls)
        cls.label, cls.plural_label = cls.declaration.label, cls.declaration.plural_label

    def __init__(self, **values: object) -> None:
        object.__setattr__(self, "holding", ResourceHolding(self))
        for attribute in self.declaration.attributes.values():
            if attribute.name not in values and attribute.has_default:
                attribute.__set__(self, attribute.default())
        identifier = self.declaration.identifier
        first = [name for name in identifier.names if name in values] if identifier else ()
        for name in dict.fromkeys((*first, *values)):  # so that a refusal can say of which
            setattr(self, name, values[name])

    if not TYPE_CHECKING:  # else checkers would take any name for assignable

        def __setattr__(self, name: str, value: object) -> None:
            declared = self.declaration
            if name not in declared.attributes and name not in declared.statistics:
                known = did_you_mean(name, [*declared.attributes, *declared.statistics])
                raise InvalidValue(f"{declared.name} declares no {name!r}; {known}")
            object.__setattr__(self, name, value)

    def __repr__(self) -> str:
        known = self.holding.identifying()
        said = (f"{name}={getattr(self, name)!r}" for name in known)
        return f"{self.declaration.name}({', '.join(said)})"

    @property
    def uid(self) -> str:
        """Its uid; empty until a session holds it."""
        return self.holding.uid

    @property
    def parents(self) -> tuple[StorageResource, ...]:
        """What it is built from, in the order given."""
        return tuple(self.holding.parents.values())

    def get_label(self) -> str:
        """Return what people call this one. Override it; by default class label and identifier."""
        identifier = self.declaration.identifier
        names = identifier.names if identifier else ()
        values = (getattr(self, name) for name in names)
        said = "/".join(
            one.get_label() if isinstance(one, StorageResource) else str(one)
            for one in values
            if one is not None
        )
        return f"{self.declaration.label} {said}".rstrip()

    def derived(self) -> Mapping[str, object]:
        """Return values that follow from what is known otherwise. Override it; by default none.

        They are reported, and seen by alert conditions, in place of what was assigned; a plugin
        reads what it assigned. A change of the resource, or of what is built on it, asks again.
        """
        return _NOTHING

    def is_hearsay(self) -> bool:
        """Tell whether this is known at second hand. Override it; by default nothing is.

        Hearsay makes a resource known; how it is counts only while nobody reports it at first hand.
        """
        return False

    def add_parent(self, parent: StorageResource) -> None:
        """Let trouble in `parent` trouble this resource; a second time changes nothing."""
        with self.holding.locked():
            self.holding.set_parents([*self.parents, parent])

    def remove_parent(self, parent: StorageResource) -> None:
        """Take back `add_parent`; a parent it does not have changes nothing."""
        with self.holding.locked():
            self.holding.set_parents(one for one in self.parents if one is not parent)


class ScannableStorageResource(StorageResource):
    """A resource that an administrator adds and a plugin contacts."""


class Tracker(Protocol):
    """Whom a resource tells of its changes: the session that holds it."""

    @property
    def lock(self) -> AbstractContextManager[object]:
        """Held, re-entrantly, while anything changes."""

    def holds(self, resource: StorageResource) -> bool:
        """`resource` is reported."""

    def changed(self, resource: StorageResource) -> None:
        """`resource` differs from what was last said of it."""

    def sampled(
        self, resource: StorageResource, statistic: Statistic[Any], value: SampleValue
    ) -> None:
        """A sample was taken."""


class ResourceHolding(HeldValues):
    """The values and links of one resource, and who is told when they change."""

    def __init__(self, resource: StorageResource) -> None:
        super().__init__(resource)
        self.resource = resource
        self.uid = ""
        self.parents: dict[str, StorageResource] = {}
        """By uid."""
        self.affected: dict[str, StorageResource] = {}
        """What it affects though it is no part of it, by uid."""
        self.affecting: dict[str, StorageResource] = {}
        """Those it stands in `affected` of, by uid."""
        self.users: dict[str, StorageResource] = {}
        """Those of whose claims it was ever a part, by uid."""
        self.tracker: Tracker | None = None

    def children(self) -> Iterator[StorageResource]:
        """Yield what is built from it, as far as the session reports it."""
        return (one for one in self.users.values() if self.uid in one.holding.parents)

    def references(self) -> Iterator[tuple[str, StorageResource]]:
        """Yield the names and targets of its references."""
        for name, value in self.values.items():
            if isinstance(value, StorageResource):
                yield name, value

    def assign(self, attribute: Attribute[Any, Any], value: object) -> None:
        """Hold `value` if it is valid, and tell the tracker if it differs."""
        with self.locked():
            self.put(attribute, self.accepted(attribute, value))

    def accepted(self, attribute: Attribute[Any, Any], value: object) -> object:
        """Return `value` as it may be held, or raise InvalidValue; nothing changes."""
        self._check_not_removed(f"its {attribute.name!r}")
        checked = self._checked(attribute.checked, value)
        if self.tracker is not None:
            if isinstance(checked, StorageResource):
                self._check_reference(attribute.name, checked)
            if self.uid:
                self.check_identity(attribute, checked)
        return checked

    def check_references(self, candidate: StorageResource) -> None:
        """Raise InvalidValue where this could not refer to what `candidate` refers to."""
        for name, target in candidate.holding.references():
            self._check_reference(name, target)

    def put(self, attribute: Attribute[Any, Any], checked: object) -> None:
        """Hold an accepted value, and tell the tracker if it differs."""
        name = attribute.name
        if name in self.values and attribute.are_equal(self.values[name], checked):
            return
        self.values[name] = checked
        if self.tracker is not None:
            if isinstance(checked, StorageResource):
                checked.holding.users[self.uid] = self.resource
            self.tracker.changed(self.resource)

    def set_parents(self, parents: Iterable[StorageResource]) -> None:
        """Replace the parents, or raise InvalidValue and leave them. The caller locks."""
        self.put_parents(self.accepted_parents(parents))

    def accepted_parents(self, parents: Iterable[StorageResource]) -> dict[str, StorageResource]:
        """Return the parents by uid, or raise InvalidValue; nothing changes."""
        self._check_not_removed("its parents")
        found = self.accepted_links(parents, "parent")
        for parent in [one for uid, one in found.items() if uid not in self.parents]:
            path = path_between(parent, self.resource, lambda one: one.parents)
            if path:
                cycle = [*reversed(path), self.resource]  # in the direction trouble travels
                raise InvalidValue(
                    f"parents form a cycle: {arrows(cycle)}; a resource is not built from itself, "
                    "so report one of these links as affects, or not at all"
                )
        return found

    def accepted_links(
        self, others: Iterable[StorageResource], role: str = "affected resource"
    ) -> dict[str, StorageResource]:
        """Return reported resources by uid, or raise InvalidValue naming their `role`."""
        given: object = others
        if not isinstance(given, Iterable):
            raise InvalidValue(
                f"{self.resource!r} is given {given!r} as its {role}s; put it into a list"
            )
        links = list(others)
        for other in links:
            self._check_held(role, other)
        return {other.uid: other for other in links}

    def put_parents(self, parents: dict[str, StorageResource]) -> None:
        """Replace the parents by accepted ones, and tell the tracker if they differ."""
        if parents == self.parents or self.tracker is None:
            return
        for uid, parent in {**self.parents, **parents}.items():
            if (uid in parents) != (uid in self.parents):
                self.tracker.changed(parent)  # something may be derived from what is built on it
        self.parents = parents
        for parent in parents.values():
            parent.holding.users[self.uid] = self.resource
        self.tracker.changed(self.resource)

    def put_affected(self, affected: dict[str, StorageResource]) -> None:
        """Replace what it affects by accepted links, and tell the tracker of all it touches."""
        if affected == self.affected or self.tracker is None:
            return
        for uid, one in {**self.affected, **affected}.items():
            if uid in affected:
                one.holding.affecting[self.uid] = self.resource
                self.users[uid] = one
            else:
                del one.holding.affecting[self.uid]
            self.tracker.changed(one)
        self.affected = affected

    def forget(self, gone: StorageResource) -> bool:
        """Drop every link and reference to `gone`.

        False where a mandatory or identifying reference cannot be dropped; then nothing is.
        """
        uid = gone.uid
        attributes, identifier = self.resource.declaration.attributes, self.identifier
        pointing = [name for name, target in self.references() if target is gone]
        if any(not attributes[one].is_optional or one in identifier.names for one in pointing):
            return False
        for name in pointing:
            self.put(attributes[name], None)
        self.put_parents({key: one for key, one in self.parents.items() if key != uid})
        self.put_affected({key: one for key, one in self.affected.items() if key != uid})
        return True

    def sample(self, statistic: Statistic[Any], value: object) -> None:
        """Take a sample, and let alert conditions see it."""
        self._check_not_removed(f"its {statistic.name!r}")
        checked = self._checked(statistic.checked, value)
        self._samples[statistic.name] = checked
        if self.tracker is not None:
            self.tracker.sampled(self.resource, statistic, checked)

    def locked(self) -> AbstractContextManager[object]:
        """Return what keeps other threads from changing anything in the session meanwhile."""
        return nullcontext() if self.tracker is None else self.tracker.lock

    def _checked(self, check: Callable[[object, str], V], value: object) -> V:
        """Return `value` as `check` does, or raise InvalidValue that says of which resource."""
        try:
            return check(value, self.resource.declaration.name)
        except InvalidValue as error:
            of_which = f" for {self.resource!r}" if self.identifying() else ""
            raise InvalidValue(f"{error}{of_which}") from error.__cause__

    def _check_not_removed(self, what: str) -> None:
        """Raise InvalidValue where a session held it and does no more: `what` would be lost."""
        if self.uid and self.tracker is None:
            raise InvalidValue(
                f"{self.resource!r} was removed, so {what} cannot be reported; "
                "report it again with update_or_create()"
            )

    def _check_held(self, role: str, other: object) -> None:
        if not isinstance(other, StorageResource):
            text = f"{self.resource!r} has a {role} that is no resource, got {other!r}"
            if isinstance(other, tuple) and other and isinstance(other[0], StorageResource):
                text += "; update_or_create() returns (resource, is_new), take its [0]"
            raise InvalidValue(text)
        if self.tracker is None or not self.tracker.holds(other):
            raise InvalidValue(
                f"{self.resource!r} has the {role} {other!r}, which this session does not report; "
                "report it first with update_or_create()"
            )

    def _check_reference(self, name: str, target: StorageResource) -> None:
        self._check_held(f"reference {name!r}", target)
        path = path_between(
            target, self.resource, lambda one: (to for _, to in one.holding.references())
        )
        if path:
            raise InvalidValue(
                f"{self.resource.declaration.name}.{name} closes a cycle of references: "
                f"{arrows([self.resource, *path])}; leave one of them unset"
            )
