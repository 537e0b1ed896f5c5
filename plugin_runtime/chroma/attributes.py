"""The descendant's `attributes`: other names for bounds, and Password with a function."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from plugin_runtime import attributes
from plugin_runtime.attributes import Attribute
from topology.model import Value

__all__ = [
    "Boolean",
    "Bytes",
    "Enum",
    "Hostname",
    "Integer",
    "Password",
    "PosixPath",
    "ResourceReference",
    "String",
    "Uuid",
]


class _Translated(Attribute[Any, Any]):
    """Takes options as they were: None is none, and a function as default is given the values."""

    def __init__(self, *args: Any, default: Any = None, **options: Any) -> None:
        if callable(default):
            options["default"] = lambda: default({})  # before any value is known
        elif default is not None:
            options["default"] = default
        super().__init__(*args, **options)


class String(_Translated, attributes.String[Any]):
    """Text."""


class Boolean(_Translated, attributes.Boolean[Any]):
    """True or False."""


class Hostname(_Translated, attributes.Hostname[Any]):
    """A host name or address."""


class PosixPath(_Translated, attributes.PosixPath[Any]):
    """A path."""


class Uuid(_Translated, attributes.Uuid[Any]):
    """A UUID."""


class ResourceReference(_Translated, attributes.ResourceReference[Any, Any]):
    """A resource of any class."""


class Integer(_Translated, attributes.Integer[Any]):
    """A whole number between `min_val` and `max_val`, both inclusive."""

    def __init__(
        self, min_val: int | None = None, max_val: int | None = None, **options: Any
    ) -> None:
        super().__init__(minimum=min_val, maximum=max_val, **options)


class Bytes(_Translated, attributes.Bytes[Any]):
    """A number of bytes, likewise."""

    def __init__(
        self, min_val: int | None = None, max_val: int | None = None, **options: Any
    ) -> None:
        super().__init__(**options)
        self._bounds = Integer(min_val, max_val)

    def validate(self, value: object) -> int:
        """Return the number of bytes."""
        return self._bounds.validate(super().validate(value))


class Enum(_Translated):
    """One of the given values, which may be numbers."""

    def __init__(self, *values: Any, **options: Any) -> None:
        super().__init__(**options)
        self.values = values
        self.choices = tuple(map(str, values))

    def mistakes(self) -> Iterable[str]:
        """Yield what is wrong with the values too."""
        yield from super().mistakes()
        if not self.values:
            yield "needs at least one value to choose from"

    def validate(self, value: object) -> object:
        """Return the value."""
        if value not in self.values:
            raise ValueError(f"must be one of {', '.join(map(repr, self.values))}")
        return value

    def parsed(self, text: str) -> object:
        """Return the value that is written so."""
        return next((value for value in self.values if str(value) == text), text)

    def stored(self, value: object) -> Value:
        """Return it as it is where the graph can hold it, else as text."""
        return value if isinstance(value, str | int | float) else str(value)


class Password(_Translated, attributes.Password[Any]):
    """A secret that the plugin reads as `encrypt_fn` of what the administrator typed.

    At rest it is encrypted with the site key, as every password is.
    """

    def __init__(self, encrypt_fn: Callable[[str], str], **options: Any) -> None:
        super().__init__(**options)
        self._encrypt = encrypt_fn

    def loaded(self, value: str) -> str:
        """Return what the plugin's function makes of it."""
        return self._encrypt(value)
