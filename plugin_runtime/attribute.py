"""`Attribute`: a declared, typed, validated value of a resource; every kind derives from it.

What an attribute holds is always in its canonical form, so that equal values compare equal.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from reprlib import Repr
from typing import Any, ClassVar, Generic, Literal, Protocol, Self, TypedDict, cast, overload

from typing_extensions import TypeVar, Unpack

from plugin_runtime.options import misspelt_options
from topology.errors import InvalidValue
from topology.masked import MASKED
from topology.model import Value
from topology.schema import AttributeSchema

V = TypeVar("V")
"""What reading the attribute gives."""
IsOptional = TypeVar("IsOptional", bound=bool, default=Literal[False])
"""Literal[True] where reading may give None; checkers infer it from `optional=`."""

_PUBLIC = {"provide", "subscribe"}
_shorten = Repr()
_shorten.maxstring = _shorten.maxother = 80


class CommonOptions(TypedDict, total=False):
    """What every attribute may be given beside `optional`."""

    default: object
    """A value, or a function without arguments that is called for each new resource."""
    label: str
    """What people read; by default the name in words: `file_size` is "File size"."""
    hidden: bool
    """Pages leave it out."""
    user_read_only: bool
    """Forms show it without letting it be edited."""
    provide: str
    """The key under which equal subscribed values of other resources are joined to this one."""
    subscribe: str
    """The key under which equal provided values of other resources are joined to this one."""
    help: str
    """One sentence for whoever has to fill it in."""


class Holding(Protocol):
    """The values a resource holds."""

    def read(self, attribute: Attribute[Any, Any]) -> object:
        """Return what the attribute reads as."""

    def assign(self, attribute: Attribute[Any, Any], value: object) -> None:
        """Hold `value` for the attribute if it is valid."""


class Holder(Protocol):
    """Whatever attributes can be read from: a resource."""

    @property
    def holding(self) -> Holding:
        """What it holds."""


class Attribute(Generic[V, IsOptional]):
    """A declared value. Own kinds derive from it and override `validate`.

    A kind of one's own that can be optional is declared `class Kelvin(Attribute[float,
    IsOptional])`; with `Attribute[float]` it never is, for type checkers.
    """

    choices: tuple[str, ...] = ()
    """The values it is limited to, where they are few."""
    is_secret: ClassVar[bool] = False
    """Its values never leave the plugin's process, not into messages, the graph or an answer."""

    def __init__(
        self, *, optional: IsOptional | Literal[False] = False, **options: Unpack[CommonOptions]
    ) -> None:
        self.name = ""
        self.options = options
        self.is_optional = bool(optional)

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def validate(self, value: object) -> V:
        """Return `value`, which is never None, in canonical form.

        Raises ValueError with the rule it breaks as a half sentence: "must be at least 0".
        """
        raise NotImplementedError

    def stored(self, value: V) -> Value:
        """Return what the graph stores for a validated value; by default the value itself."""
        if isinstance(value, str | int | float):
            return value
        raise TypeError(
            f"{type(self).__name__} holds a {type(value).__name__}, which the graph cannot store; "
            "override stored() to return text or a number"
        )

    def parsed(self, text: str) -> object:
        """Return what `text` of a form or command line stands for; by default the text.

        Raises ValueError with the rule it breaks as a half sentence.
        """
        return text

    def loaded(self, value: V) -> V:
        """Return a held value as the author may have it; by default itself."""
        return value

    def mistakes(self) -> Iterable[str]:
        """Yield what is wrong with the declaration, as half sentences."""
        yield from misspelt_options(type(self), self.options, CommonOptions.__annotations__)
        default = self.options.get("default")
        if default is not None and not callable(default):
            try:
                self.validate(default)
            except (ValueError, TypeError, OverflowError) as error:
                yield f"{error}, got the default {self.quoted(default)}"
        if self.is_secret:
            yield from (f"is secret, so it cannot {one}" for one in _PUBLIC & self.options.keys())

    def checked(self, value: object, owner: str) -> V | None:
        """Return `value` as it may be held by the class `owner`, or raise InvalidValue."""
        where = f"{owner}.{self.name}"
        if value is None:
            if self.is_optional:
                return None
            raise InvalidValue(f"{where} must have a value, got None; or declare optional=True")
        try:
            return self.validate(value)
        except (ValueError, TypeError, OverflowError) as error:
            text = f"{where} {error}, got {self.quoted(value)}"
            raise InvalidValue(text) from (None if self.is_secret else error)

    def quoted(self, value: object) -> str:
        """Return `value` as a message may quote it."""
        return MASKED if self.is_secret else shown(value)

    def are_equal(self, one: V | None, other: V | None) -> bool:
        """Two held values are stored alike: 1 and True in Json are not."""
        if one is None or other is None:
            return one is other
        return self.stored(one) == self.stored(other)

    def said(self, text: str, owner: str) -> object:
        """Return the value that a setting's `text` stands for, not yet validated.

        Empty text unsets what is optional. Raises InvalidValue for text that cannot be parsed.
        """
        if self.is_optional and not text:
            return None
        try:
            return self.parsed(text)
        except ValueError as error:
            raise InvalidValue(f"{owner}.{self.name} {error}, got {self.quoted(text)}") from error

    @property
    def label(self) -> str:
        """What people read."""
        return self.options.get("label") or in_words(self.name)

    @property
    def has_default(self) -> bool:
        """A new resource has a value without being given one."""
        return "default" in self.options

    def default(self) -> object:
        """Return the value of a new resource; None where no default is declared."""
        default = self.options.get("default")
        return cast("Callable[[], object]", default)() if callable(default) else default

    def schema(self, *, is_identifier: bool) -> AttributeSchema:
        """Describe it for presentation."""
        return AttributeSchema(
            name=self.name,
            kind=type(self).__name__,
            label=self.label,
            help=self.options.get("help", ""),
            is_optional=self.is_optional,
            is_hidden=self.options.get("hidden", False),
            is_read_only=self.options.get("user_read_only", False),
            is_identifier=is_identifier,
            is_secret=self.is_secret,
            choices=self.choices,
        )

    @overload
    def __get__(self, resource: None, owner: type) -> Self: ...
    @overload
    def __get__(self: Attribute[V, Literal[False]], resource: Holder, owner: type) -> V: ...
    @overload
    def __get__(self: Attribute[V, Literal[True]], resource: Holder, owner: type) -> V | None: ...
    @overload  # pyright takes optional=True for a bool
    def __get__(self: Attribute[V, bool], resource: Holder, owner: type) -> V | None: ...
    def __get__(self, resource: Holder | None, owner: type) -> object:
        return self if resource is None else resource.holding.read(self)

    @overload
    def __set__(self: Attribute[V, Literal[False]], resource: Holder, value: V) -> None: ...
    @overload
    def __set__(self: Attribute[V, Literal[True]], resource: Holder, value: V | None) -> None: ...
    @overload
    def __set__(self: Attribute[V, bool], resource: Holder, value: V | None) -> None: ...
    def __set__(self, resource: Holder, value: object) -> None:
        resource.holding.assign(self, value)


def in_words(name: str) -> str:
    """Return a snake_case or CamelCase name as words: "File size", "Hard drive"."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    words = spaced.replace("_", " ").split()
    lowered = [word if word.isupper() and len(word) > 1 else word.lower() for word in words]
    return " ".join([lowered[0][:1].upper() + lowered[0][1:], *lowered[1:]]) if lowered else ""


def shown(value: object) -> str:
    """Return `value` as a message quotes it, shortened."""
    return _shorten.repr(value)
