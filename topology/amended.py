"""A mapping that never changes, and of which a changed copy costs the change, not the mapping."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, TypeVar

K = TypeVar("K")
V = TypeVar("V")
_FEW: Final = 1000
"""Changes that are kept beside the mapping before a new one is made of both."""


def amended(mapping: Mapping[K, V], changes: Mapping[K, V | None]) -> Mapping[K, V]:
    """Return `mapping` with `changes`; None stands for an entry that is gone.

    `mapping` must never change again. Cost: the changes, with those that are kept beside it, and
    once in about a thousand changes the mapping.
    """
    base, kept = mapping, dict(changes)
    if isinstance(mapping, _Amended):
        base, kept = mapping.base, {**mapping.changes, **changes}
    length = len(mapping) + sum(
        (value is not None) - (key in mapping) for key, value in changes.items()
    )
    new = _Amended(base, kept, length)
    return dict(new.items()) if len(kept) > _FEW + len(base) // 16 else new


class _Amended(Mapping[K, V]):
    __slots__ = ("_length", "base", "changes")

    def __init__(self, base: Mapping[K, V], changes: Mapping[K, V | None], length: int) -> None:
        self.base = base
        self.changes = changes
        self._length = length

    def __getitem__(self, key: K) -> V:
        if key in self.changes:
            value = self.changes[key]
            if value is None:
                raise KeyError(key)
            return value
        return self.base[key]

    def __contains__(self, key: object) -> bool:
        if key in self.changes:
            return self.changes[key] is not None  # type: ignore[index]
        return key in self.base

    def __iter__(self) -> Iterator[K]:
        for key in self.base:
            if key not in self.changes or self.changes[key] is not None:
                yield key
        for key, value in self.changes.items():
            if value is not None and key not in self.base:
                yield key

    def __len__(self) -> int:
        return self._length
