"""Small mappings that never change, in half the memory of a dict: there are several a resource."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final, Generic, TypeVar

V = TypeVar("V")
_NAMES_KEPT: Final = 4096
"""Sequences of names of which one stands for all equal ones: what a class has, or one scope."""


def packed(mapping: Mapping[str, V]) -> Mapping[str, V]:
    """Return a mapping equal to `mapping`, in the same order; it is looked up name by name."""
    if type(mapping) is Packed:
        return mapping
    return Packed(_shared(tuple(mapping)), tuple(mapping.values()))


@lru_cache(maxsize=_NAMES_KEPT)
def _shared(names: tuple[str, ...]) -> tuple[str, ...]:
    return names


class Packed(Mapping[str, V], Generic[V]):
    """`names`, each once, and in the same order what is held under each."""

    __slots__ = ("_held", "_names")

    def __init__(self, names: tuple[str, ...], held: tuple[V, ...]) -> None:
        self._names = names
        self._held = held

    def __getitem__(self, name: str) -> V:
        if name not in self._names:
            raise KeyError(name)
        return self._held[self._names.index(name)]

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __repr__(self) -> str:
        return repr(dict(self))
