"""What can be wrong with a plugin as a whole, beside what each resource class declares."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from plugin_runtime import base_resources
from plugin_runtime.hints import did_you_mean, nearest
from plugin_runtime.identifier import ScannableId
from plugin_runtime.plugin import StoragePlugin
from plugin_runtime.relations import Series
from plugin_runtime.resource import StorageResource
from topology.state import State

_CALLED = {"initial_scan": "root", "update_scan": "root", "teardown": ""}
"""What the runtime calls on a plugin, and the argument it gives."""
BUILTIN_CLASSES = {name: vars(base_resources)[name] for name in base_resources.__all__}
"""The built-in resource classes by name."""


def class_mistakes(
    cls: type[StorageResource], classes: Sequence[type[StorageResource]]
) -> Iterator[str]:
    """Yield what is wrong with one of a plugin's `classes` beside the others."""
    name, declaration = cls.__name__, cls.declaration
    if any(one.__name__ == name and one is not cls for one in classes[: classes.index(cls)]):
        yield f"{name} is the name of two classes of this plugin; rename one"
    has_subclass = any(cls in one.__bases__ for one in classes)
    identifier = declaration.identifier
    is_scoped = identifier is None or isinstance(identifier, ScannableId)
    if declaration.is_scannable and not has_subclass and is_scoped:
        yield (
            f"{name} is a scannable without a GlobalId; declare identifier = GlobalId(...) "
            "over what an administrator tells them apart by"
        )


def unknown_names(
    classes: Sequence[type[StorageResource]], elsewhere: Callable[[], Iterable[str]]
) -> Iterator[tuple[type[StorageResource], str]]:
    """Yield the classes with a group of a class that nobody has, and the mistake.

    `elsewhere` gives the names of other plugins' classes; it is asked only where that matters.
    """
    own = [one.__name__ for one in classes]
    for cls in classes:
        inherited = {one for base in _bases(cls, classes) for one in base.declaration.relations}
        for relation in cls.declaration.relations:
            if relation in inherited:
                continue
            for label in relation.of:
                if label in own or label in BUILTIN_CLASSES or label in (others := [*elsewhere()]):
                    continue
                near = nearest(label, [*own, *BUILTIN_CLASSES, *others])
                hint = f"did you mean {near!r}?" if near else f"declared: {', '.join(own)}"
                yield cls, f"{cls.__name__}.groups: {relation!r} is of {label!r}, no class; {hint}"


def plugin_mistakes(plugin_class: type[StoragePlugin[Any]]) -> Iterator[str]:
    """Yield what is wrong with a plugin's own class."""
    name = plugin_class.__name__
    own = [one for base in plugin_class.__mro__[:-3] for one in vars(base)]
    if plugin_class.initial_scan is StoragePlugin.initial_scan:
        near = nearest("initial_scan", own)
        hint = f"; did you mean it by {near!r}?" if near else ""
        yield f"{name} must define initial_scan(self, root){hint}"
    for method, argument in _CALLED.items():
        defined = inspect.getattr_static(plugin_class, method)
        wanted = "self, root" if argument else "self"
        if not _can_be_called(defined, 2 if argument else 1):
            yield f"{name}.{method} must be a method that takes ({wanted})"
        elif inspect.iscoroutinefunction(defined) or inspect.isgeneratorfunction(defined):
            yield f"{name}.{method} must be a plain method; start a thread for what goes on"
    if not _can_be_called(plugin_class.__init__, 1):
        yield f"{name}.__init__ must take no arguments; the root comes with initial_scan"
    period: object = plugin_class.update_period
    if isinstance(period, bool) or not isinstance(period, int | float) or not period > 0:
        yield f"{name}.update_period must be a number of seconds above 0, got {period!r}"


def advice(
    plugin_class: type[StoragePlugin[Any]],
    classes: Sequence[type[StorageResource]],
    others: Mapping[str, str],
) -> Iterator[str]:
    """Yield what is right but probably not meant.

    `others` has the names of other plugins' classes, and whose they are.
    """
    for cls in classes:
        builtin = BUILTIN_CLASSES.get(cls.__name__)
        is_builtin = builtin is not None and not issubclass(cls, builtin)
        if is_builtin or cls.__name__ in others:
            whose = f"plugin {others[cls.__name__]!r}" if cls.__name__ in others else "the product"
            yield (
                f"{cls.__name__} is also a class of {whose}, and one site cannot have both; "
                "name it after the device, or derive it from that one"
            )
        if cls.declaration.identifier is None and not cls.__subclasses__():
            yield f"{cls.__name__} has no identifier, so it cannot be reported"
        yield from _advice_on_failing(cls, classes)
        yield from _advice_on_keys(cls, classes)
    hooks = [one for one in _CALLED if one not in vars(plugin_class)]
    for one in vars(plugin_class):
        for near in difflib.get_close_matches(one, hooks, n=1, cutoff=0.85):
            yield f"{plugin_class.__name__}.{one} is called by nobody; did you mean {near!r}?"


def advice_on_root(cls: type[StorageResource]) -> Iterator[str]:
    """Yield what is probably not meant by a class that is scanned."""
    if not cls.declaration.is_scannable:
        yield (
            f"{cls.__name__} is scanned, but is no scannable; "
            "derive it from ScannableStorageResource too, so that it can be added"
        )


def _advice_on_failing(
    cls: type[StorageResource], classes: Iterable[type[StorageResource]]
) -> Iterator[str]:
    """Tell of one of several that can be FAILED, while a built-in base never fails by itself.

    Both may be meant, a path that breaks and a device that is as good as its disk. So ask.
    """
    named = next(one for one in cls.__mro__ if "can_fail" in vars(one))
    fails = any(
        verdict.own_state.low is State.FAILED
        for condition in cls.declaration.conditions
        for verdict in condition.verdicts
    )
    if cls.can_fail or not fails or named.__name__ not in BUILTIN_CLASSES:
        return
    needing = {
        one: other.__name__
        for other in (*classes, *BUILTIN_CLASSES.values())
        for one in other.declaration.relations
        if not isinstance(one, Series) and {*one.of} & {*cls.declaration.labels}
    }
    if needing:
        closest = min(needing, key=lambda one: len(one.of))
        yield (
            f"{cls.__name__} can be FAILED and is one of several for {needing[closest]}, but "
            f"can_fail is False (from {named.__name__}), so the last of them is no single "
            "point of failure; write can_fail = True, or False where it fails only with what "
            "it is made of"
        )


def _advice_on_keys(
    cls: type[StorageResource], classes: Iterable[type[StorageResource]]
) -> Iterator[str]:
    known = {*_keys(BUILTIN_CLASSES.values())}
    counterpart = {"provide": "subscribe", "subscribe": "provide"}
    bases = _bases(cls, classes)
    for name, attribute in cls.declaration.attributes.items():
        if any(one.declaration.attributes.get(name) is attribute for one in bases):
            continue
        for role, other in counterpart.items():
            key = str(attribute.options.get(role, ""))
            if key and (other, key) not in {*known, *_keys(classes)}:
                keys = sorted({each for _, each in known})
                hint = did_you_mean(key, keys, "known")
                yield f"{cls.__name__}.{name} {role}s {key!r}, which nothing here matches; {hint}"


def _bases(
    cls: type[StorageResource], classes: Iterable[type[StorageResource]]
) -> list[type[StorageResource]]:
    """Return those of `classes` that `cls` is derived from: what is wrong there is told there."""
    return [one for one in classes if one is not cls and issubclass(cls, one)]


def _keys(classes: Iterable[type[StorageResource]]) -> Iterator[tuple[str, str]]:
    for cls in classes:
        for attribute in cls.declaration.attributes.values():
            for role in ("provide", "subscribe"):
                if key := attribute.options.get(role):
                    yield role, str(key)


def _can_be_called(function: object, positional: int) -> bool:
    if not callable(function):
        return False
    try:
        inspect.signature(function).bind(*range(positional))
    except (TypeError, ValueError):
        return False
    return True
