"""The kinds of attributes a plugin author declares: `slot = attributes.Integer(minimum=0)`."""

from __future__ import annotations

import copy
import json
import operator
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from fractions import Fraction
from typing import Literal

from typing_extensions import TypeVar, Unpack

from plugin_runtime.address_kinds import Hostname, PosixPath, Url, Uuid, Wwn, text_of
from plugin_runtime.attribute import Attribute, CommonOptions, IsOptional
from plugin_runtime.numbers import finite
from plugin_runtime.resource import StorageResource
from topology.masked import MASKED
from topology.model import Value

__all__ = [
    "Attribute",
    "Boolean",
    "Bytes",
    "Enum",
    "Float",
    "Hostname",
    "Integer",
    "IsOptional",
    "Json",
    "Password",
    "PosixPath",
    "ResourceReference",
    "String",
    "Timestamp",
    "Url",
    "Uuid",
    "Wwn",
]

N = TypeVar("N", bound=float)
_INT64 = range(-(2**63), 2**63)
"""What every store holds exactly."""
_DIGITS = re.compile(r"[+-]?[0-9]{1,30}")
_TRUE = frozenset({"true", "yes", "on", "1"})
_FALSE = frozenset({"false", "no", "off", "0"})
_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(?:([kmgtpe])(i?)(b?)|b)?", re.IGNORECASE)


class String(Attribute[str, IsOptional]):
    """Text, at most `max_length` characters long."""

    def __init__(
        self,
        max_length: int | None = None,
        *,
        optional: IsOptional | Literal[False] = False,
        **options: Unpack[CommonOptions],
    ) -> None:
        super().__init__(optional=optional, **options)
        self.max_length = max_length

    def validate(self, value: object) -> str:
        """Return the text as it is."""
        text = text_of(value)
        if self.max_length is not None and len(text) > self.max_length:
            raise ValueError(f"must have at most {self.max_length} characters, has {len(text)}")
        return text


class Password(Attribute[str, IsOptional]):
    """A secret: the plugin reads clear text, everybody else three stars.

    Among an administrator's settings it is encrypted with the site key before it is stored. It can
    be no part of an identifier, and no alert condition can be on it.
    """

    is_secret = True

    def validate(self, value: object) -> str:
        """Return the text as it is."""
        return text_of(value)

    def stored(self, value: str) -> Value:
        """Return three stars: the graph never holds it."""
        del value
        return MASKED

    def are_equal(self, one: str | None, other: str | None) -> bool:
        """Compare the clear text."""
        return one == other


class Boolean(Attribute[bool, IsOptional]):
    """True or False: any value by its truth, text by what it says."""

    def validate(self, value: object) -> bool:
        """Return the truth of `value`."""
        if not isinstance(value, str):
            return bool(value)
        word = value.strip().lower()
        if word not in _TRUE | _FALSE:
            raise ValueError("must be one of true, false, yes, no, on, off, 1, 0")
        return word in _TRUE


class _Bounded(Attribute[N, IsOptional]):
    """A number between `minimum` and `maximum`, both inclusive."""

    def __init__(
        self,
        minimum: N | None = None,
        maximum: N | None = None,
        *,
        optional: IsOptional | Literal[False] = False,
        **options: Unpack[CommonOptions],
    ) -> None:
        super().__init__(optional=optional, **options)
        self.minimum = minimum
        self.maximum = maximum

    def mistakes(self) -> Iterable[str]:
        """Yield what is wrong with the bounds too."""
        yield from super().mistakes()
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            yield f"has minimum {self.minimum} above maximum {self.maximum}"


class Integer(_Bounded[int, IsOptional]):
    """A whole number of 64 bits between `minimum` and `maximum`, both inclusive."""

    def validate(self, value: object) -> int:
        """Return the number; digits in a text are one."""
        if isinstance(value, str) and _DIGITS.fullmatch(value.strip()):
            number = int(value)
        elif isinstance(value, bool) or not hasattr(value, "__index__"):
            raise ValueError("must be a whole number")
        else:
            number = operator.index(value)
        _check_bounds(number, self.minimum, self.maximum)
        return number


class Float(_Bounded[float, IsOptional]):
    """A finite number between `minimum` and `maximum`, both inclusive."""

    def validate(self, value: object) -> float:
        """Return the number; text that says one is one."""
        number = finite(value)
        _check_bounds(number, self.minimum, self.maximum)
        return number


class Bytes(Attribute[int, IsOptional]):
    """An exact number of bytes; also text such as "10 GiB", "1.5 TB" or, as lsblk prints, "10G"."""

    def validate(self, value: object) -> int:
        """Return the number of bytes. GB is decimal; GiB, and G alone, are binary."""
        if isinstance(value, str):
            number = _bytes_said(value)
        elif isinstance(value, bool) or not hasattr(value, "__index__"):
            raise ValueError('must be a whole number of bytes, or text such as "10 GiB"')
        else:
            number = operator.index(value)
        _check_bounds(number, 0, None)
        return number


class Enum(Attribute[str, IsOptional]):
    """One of the given words."""

    def __init__(
        self,
        *values: str,
        optional: IsOptional | Literal[False] = False,
        **options: Unpack[CommonOptions],
    ) -> None:
        super().__init__(optional=optional, **options)
        self.choices = values

    def mistakes(self) -> Iterable[str]:
        """Yield what is wrong with the words too."""
        if not self.choices or not all(isinstance(one, str) for one in self.choices):
            yield f"needs at least one word to choose from, got {self.choices!r}"
        elif len(set(self.choices)) < len(self.choices):
            yield f"needs words that differ, got {self.choices!r}"
        else:
            yield from super().mistakes()

    def validate(self, value: object) -> str:
        """Return the word."""
        if value not in self.choices:
            raise ValueError(f"must be one of {', '.join(map(repr, self.choices))}")
        return text_of(value)


class Timestamp(Attribute[float, IsOptional]):
    """A moment in epoch seconds; also a datetime with a time zone, or ISO 8601 text with one."""

    def validate(self, value: object) -> float:
        """Return epoch seconds, of a moment in the years 1 to 9999."""
        moment = value
        if isinstance(value, str) and not _is_number(value):
            try:
                moment = datetime.fromisoformat(value.strip())
            except ValueError:
                raise ValueError("must be a time in ISO 8601 or epoch seconds") from None
        if isinstance(moment, datetime):
            if moment.tzinfo is None:
                raise ValueError("must say its time zone")
            return moment.timestamp()
        seconds = finite(moment)
        try:
            datetime.fromtimestamp(seconds, UTC)
        except (ValueError, OverflowError, OSError):
            raise ValueError("must lie in the years 1 to 9999") from None
        return seconds


class Json(Attribute[object, IsOptional]):
    """Anything JSON can say. Reading gives a copy: assign it again to change it."""

    def validate(self, value: object) -> object:
        """Return `value` as JSON gives it back."""
        try:
            return json.loads(_json_text(value))
        except (ValueError, TypeError, RecursionError):
            raise ValueError("must be something JSON can say") from None

    def stored(self, value: object) -> Value:
        """Return it as JSON text, keys sorted."""
        return _json_text(value)

    def parsed(self, text: str) -> object:
        """Return what the JSON text says."""
        try:
            return json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"must be JSON ({error})") from None

    def loaded(self, value: object) -> object:
        """Return a copy, so that changing it does not change what is held."""
        return copy.deepcopy(value)


R = TypeVar("R", bound=StorageResource, default=StorageResource)


class ResourceReference(Attribute[R, IsOptional]):
    """A resource of class `cls`, held by the same session. It makes no link.

    When that resource is removed an optional reference is cleared; otherwise its holder goes too.
    """

    def __init__(
        self,
        cls: type[R] | None = None,
        *,
        optional: IsOptional | Literal[False] = False,
        **options: Unpack[CommonOptions],
    ) -> None:
        super().__init__(optional=optional, **options)
        self.cls: type[StorageResource] = cls or StorageResource

    def mistakes(self) -> Iterable[str]:
        """Yield what is wrong with the class too."""
        given: object = self.cls
        if isinstance(given, type) and issubclass(given, StorageResource):
            yield from super().mistakes()
        else:
            yield f"refers to {given!r}; give a resource class that is defined above"

    def validate(self, value: object) -> R:
        """Return the resource itself."""
        if not isinstance(value, self.cls):
            raise TypeError(f"must be a {self.cls.__name__}")
        return value  # type: ignore[return-value]  # self.cls is type[R]

    def stored(self, value: R) -> Value:
        """Return its uid."""
        return value.uid


def _check_bounds(number: float, minimum: float | None, maximum: float | None) -> None:
    if minimum is not None and number < minimum:
        raise ValueError(f"must be at least {minimum}")
    if maximum is not None and number > maximum:
        raise ValueError(f"must be at most {maximum}")
    if isinstance(number, int) and number not in _INT64:
        raise ValueError("must fit into 64 bits")


def _bytes_said(text: str) -> int:
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise ValueError('must be a number of bytes such as "4096" or "10 GiB"')
    amount, prefix, is_binary, says_bytes = match.groups()
    base = 1024 if is_binary or not says_bytes else 1000
    power = "kmgtpe".index(prefix.lower()) + 1 if prefix else 0
    exact = Fraction(amount) * base**power
    if exact.denominator != 1:
        raise ValueError("must be a whole number of bytes")
    return int(exact)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _json_text(value: object) -> str:
    return json.dumps(value, sort_keys=True, allow_nan=False, separators=(",", ":"))
