"""What a session reports, and what of it has changed since it last said so."""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar

from plugin_runtime.identifier import ScannableId
from plugin_runtime.resource import StorageResource
from plugin_runtime.session.alerts import AlertBook, Waiting
from plugin_runtime.session.claims import claim_of, first_claim, label_of
from plugin_runtime.session.contradictions import CONTRADICTION, Contradictions
from plugin_runtime.statistics import Statistic
from topology.delta import Delta
from topology.errors import InvalidValue
from topology.model import Alert, Claim, Scope, resource_uid
from topology.schema import ResourceClass
from topology.state import UNKNOWN
from topology.statistics import Sample, SampleValue

R = TypeVar("R", bound=StorageResource)
_PUNCTUAL = 0.9
"""A scan that comes by this part of a sample period earlier than it is due takes a sample too."""
_SAMPLES_KEPT = 100_000
"""Beyond this the oldest are dropped: samples nobody fetches must not fill the memory."""


class Report:
    """The resources one session reports. Safe from any thread."""

    def __init__(self, plugin: str, root: StorageResource, clock: Callable[[], float]) -> None:
        self.lock = threading.RLock()
        self._plugin = plugin
        self._clock = clock
        self._resources: dict[str, StorageResource] = {}
        self._changed: dict[str, None] = {}  # a set that keeps its order
        self._removed: set[str] = set()
        self._said: dict[str, Claim] = {}
        self._alerts = AlertBook()
        self._contradictions = Contradictions()
        self._sampled: dict[tuple[str, str], float] = {}
        """When the last sample of each statistic was taken, by uid and name."""
        self._samples: deque[Sample] = deque(maxlen=_SAMPLES_KEPT)
        self._root = root
        self.scope = Scope(plugin, self._uid(root))
        self._hold(root, self.scope.scannable)

    # What plugins call.

    def update_or_create(
        self,
        cls: type[R],
        parents: Iterable[StorageResource] | None,
        affects: Iterable[StorageResource] | None,
        values: Mapping[str, object],
    ) -> tuple[R, bool]:
        """Report a resource, and say whether it is new. Nothing changes where it raises."""
        with self.lock:
            candidate = self._candidate(cls, values)
            uid = self._uid(candidate)
            held = self._held(cls, uid)
            resource = candidate if held is None else held
            holding, declared = resource.holding, resource.declaration.attributes
            valid = {name: one for name, one in candidate.holding.values.items() if name in values}
            holding.check_references(candidate)
            inputs = holding.parents if parents is None else holding.accepted_parents(parents)
            affected = holding.affected if affects is None else holding.accepted_links(affects)
            if held is None:
                self._hold(resource, uid)
            self._contradictions.given(resource, valid)
            for name, value in valid.items():
                holding.put(declared[name], value)
            holding.put_parents(inputs)
            holding.put_affected(affected)
            for name in values.keys() - valid.keys():
                setattr(resource, name, values[name])  # a statistic takes its sample
        return resource, held is None

    def remove(self, resource: StorageResource) -> None:
        """Report `resource` no longer, nor what refers to it and cannot do without."""
        given: object = resource
        if not isinstance(given, StorageResource):
            hint = "find() gives None for what is not reported" if given is None else "pass one"
            raise InvalidValue(f"remove() needs a resource, got {given!r}; {hint}")
        with self.lock:
            if not self.holds(resource):
                raise InvalidValue(
                    f"{resource!r} cannot be removed, for this session does not report it; "
                    "remove what update_or_create() gave, once"
                )
            if resource is self._root:
                raise InvalidValue(f"{resource!r} cannot be removed, for it is what is scanned")
            leaving = [resource]
            while leaving:
                gone = leaving.pop()
                if self.holds(gone) and gone is not self._root:
                    leaving += self._dropped(gone)

    def find(self, cls: type[R], identifying: Mapping[str, object]) -> R | None:
        """Return the reported resource that is identified so, None where there is none."""
        return self._held(cls, self.uid_of(cls, identifying))

    def uid_of(self, cls: type[StorageResource], identifying: Mapping[str, object]) -> str:
        """Return the uid of the resource that is identified so, reported or not."""
        identifier = cls.declaration.identifier
        others = identifying.keys() - set(identifier.names if identifier else ())
        if identifier and others:
            raise InvalidValue(
                f"{cls.__name__} is identified by {', '.join(identifier.names)}, "
                f"got {min(others)!r}; pass the identifying values alone"
            )
        with self.lock:
            return self._uid(self._candidate(cls, identifying))

    # What resources call.

    def __len__(self) -> int:
        """Return how many resources are reported by now."""
        return len(self._resources)

    def holds(self, resource: StorageResource) -> bool:
        """`resource` is reported by this session."""
        return self._resources.get(resource.uid) is resource

    def changed(self, resource: StorageResource) -> None:
        """Look at `resource`, and at all that depend on it, for the next delta."""
        if self.holds(resource):  # it may just be leaving
            self._changed[resource.uid] = None

    def sampled(
        self, resource: StorageResource, statistic: Statistic[Any], value: SampleValue
    ) -> None:
        """Keep a sample where it is time for one, and let alert conditions see it."""
        with self.lock:
            if not self.holds(resource):
                return
            at, key = self._clock(), (resource.uid, statistic.name)
            since = at - self._sampled.get(key, -math.inf)
            if not 0 <= since < statistic.sample_period * _PUNCTUAL:  # the clock may be set back
                self._sampled[key] = at
                self._samples.append(Sample(*key, at, value, statistic.kind))
            if statistic.name in resource.declaration.watched:
                self.changed(resource)

    # What the session calls.

    @contextmanager
    def scan(self) -> Iterator[None]:
        """Hold what this thread reports meanwhile for one scan's account of the scannable."""
        with self.lock:
            self._contradictions.begin()
        try:
            yield
        finally:
            with self.lock:
                if self._contradictions.end(self._clock()):
                    self.changed(self._root)

    @property
    def contradiction(self) -> str:
        """What the last scan contradicts itself in; empty where it does not."""
        return self._contradictions.text

    @property
    def is_unfinished(self) -> bool:
        """A changed resource still lacks a mandatory value."""
        with self.lock:
            changed = (self._resources.get(uid) for uid in self._changed)
            return any(one.holding.missing() for one in changed if one is not None)

    def taken(self, *, is_complete: bool = False) -> Delta:
        """Return what has changed since the last delta, or everything, and take it as said.

        Raises InvalidValue, and takes nothing, while a resource lacks a mandatory value.
        """
        with self.lock:
            looked_at = list(self._resources.values()) if is_complete else self._suspects()
            for resource in looked_at:
                _check_finished(resource)
            at = self._clock()
            claims = {one.uid: self._claim(one, at) for one in looked_at}
            if not is_complete:
                claims = {uid: one for uid, one in claims.items() if self._said.get(uid) != one}
            gone = frozenset(self._removed - self._resources.keys())
            for uid in gone:
                del self._said[uid]
            self._said |= claims
            self._changed.clear()
            self._removed.clear()
            return Delta(
                scope=self.scope,
                reported=claims,
                removed=frozenset() if is_complete else gone,
                is_complete=is_complete,
                classes=self._classes(claims),
            )

    def assign_root(self, values: Mapping[str, object]) -> None:
        """Assign all `values` to the root, or raise InvalidValue and assign none."""
        holding, declared = self._root.holding, self._root.declaration.attributes
        with self.lock:
            accepted = {name: holding.accepted(declared[name], one) for name, one in values.items()}
            for name, one in accepted.items():
                holding.put(declared[name], one)

    def said_of_root(self, condition: str, message: Callable[[str], str]) -> Delta:
        """Return a delta that says of the root alone that its state is unknown, with an alert.

        `message` makes the alert's text of the root's label. All else is as it was last said: a
        scan that failed may have left anything behind. The next delta takes it back.
        """
        with self.lock:
            uid = self._root.uid
            held = self._said.get(uid) or first_claim(self._root)
            begun = (one.since for one in held.alerts if one.condition == condition)
            since = next(begun, self._clock())
            alert = Alert(condition, "error", message(held.label), since)
            claim = replace(held, own_state=UNKNOWN, alerts=(alert,))
            self._said[uid] = claim
            self._changed[uid] = None
            return Delta(self.scope, {uid: claim}, classes=self._classes([uid]))

    def samples(self) -> list[Sample]:
        """Return the samples taken since the last call, oldest first."""
        with self.lock:
            taken = list(self._samples)
            self._samples.clear()
            return taken

    def waiting(self) -> list[Waiting]:
        """Return the conditions that held when last looked at, but not for long enough by now."""
        with self.lock:
            at = self._clock()
            return [
                one
                for resource in map(self._resources.__getitem__, sorted(self._alerts.waiting))
                for one in self._alerts.not_yet(resource, label_of(resource), at)
            ]

    def causes(self) -> dict[str, tuple[str, ...]]:
        """Return by uid what each resource is linked from, in the order given, parents first."""
        with self.lock:
            return {
                uid: tuple({**one.holding.parents, **one.holding.affecting})
                for uid, one in self._resources.items()
            }

    def _candidate(self, cls: type[R], values: Mapping[str, object]) -> R:
        given: object = cls
        if not (isinstance(given, type) and issubclass(given, StorageResource)):
            raise InvalidValue(
                f"{given!r} is no resource class; pass the class, and its values by their names"
            )
        candidate = cls(**values)
        candidate.holding.tracker = self
        candidate.holding.check_references(candidate)
        return candidate

    def _uid(self, resource: StorageResource) -> str:
        declaration = resource.declaration
        owner = declaration.identity_owner or f"{self._plugin}.{declaration.name}"
        is_scoped = isinstance(declaration.identifier, ScannableId)
        scannable = self._root.uid if is_scoped else ""
        return resource_uid(owner, resource.holding.identity(), scannable)

    def _held(self, cls: type[R], uid: str) -> R | None:
        held = self._resources.get(uid)
        if held is None or isinstance(held, cls):
            return held
        raise InvalidValue(f"{held!r} cannot be reported as a {cls.__name__} too; remove it first")

    def _hold(self, resource: StorageResource, uid: str) -> None:
        self._resources[uid] = resource
        resource.holding.uid = uid
        resource.holding.tracker = self
        for _, target in resource.holding.references():
            target.holding.users[uid] = resource
        self.changed(resource)

    def _dropped(self, gone: StorageResource) -> list[StorageResource]:
        """Let go of one resource; return those that cannot do without it."""
        uid, holding = gone.uid, gone.holding
        del self._resources[uid]
        self._changed.pop(uid, None)
        for name in gone.declaration.statistics:
            self._sampled.pop((uid, name), None)
        self._alerts.forget(uid)
        self._contradictions.forget(uid)
        if uid in self._said:
            self._removed.add(uid)
        for source in (*holding.parents.values(), *(to for _, to in holding.references())):
            source.holding.users.pop(uid, None)
            self.changed(source)
        holding.put_affected({})
        linked = {**holding.users, **holding.affecting}.values()
        holding.tracker = None
        return [one for one in linked if self.holds(one) and not one.holding.forget(gone)]

    def _suspects(self) -> list[StorageResource]:
        """Return every resource whose claim may differ from what was said, each once."""
        uids = dict.fromkeys(self._changed)
        for uid in self._changed:
            uids |= dict.fromkeys(self._resources[uid].holding.users)
        uids |= dict.fromkeys(self._alerts.waiting)
        return [self._resources[uid] for uid in uids if uid in self._resources]

    def _claim(self, resource: StorageResource, at: float) -> Claim:
        label = label_of(resource)
        alerts, own_state = self._alerts.judged(resource, label, at)
        if resource is self._root and (text := self._contradictions.text):
            since = self._contradictions.since
            alerts += (Alert(CONTRADICTION, "warning", f"{label}: {text}", since),)
        return claim_of(resource, label, alerts, own_state)

    def _classes(self, uids: Iterable[str]) -> tuple[ResourceClass, ...]:
        kinds = dict.fromkeys(type(self._resources[uid]) for uid in uids)
        declared = {
            base.declaration.name: base.declaration
            for kind in kinds
            for base in kind.__mro__
            if base.__name__ in kind.declaration.labels and issubclass(base, StorageResource)
        }
        return tuple(one.resource_class(self._plugin) for one in declared.values())


def _check_finished(resource: StorageResource) -> None:
    missing = resource.holding.missing()
    declaration = resource.declaration
    if missing and declaration.is_scannable:
        lacking = declaration.attributes[missing[0]]
        otherwise = "" if lacking in declaration.needed_settings else ", or let its scan assign it"
        raise InvalidValue(f"{declaration.lacks([lacking])}{otherwise}")
    if missing:
        raise InvalidValue(
            f"update_or_create({resource.declaration.name}) lacks {missing[0]!r}, "
            f"for {resource!r}; pass it or declare optional=True"
        )
