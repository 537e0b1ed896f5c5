"""Paths along links, to name a cycle before it is made."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")


def path_between(start: T, goal: T, following: Callable[[T], Iterable[T]]) -> list[T]:
    """Return a path from `start` to `goal`, both included; empty where there is none.

    Things are told apart by identity. O(links that can be reached).
    """
    came_from: dict[int, T | None] = {id(start): None}
    waiting = [start]
    while waiting:
        one = waiting.pop()
        if one is goal:
            path: list[T] = []
            step: T | None = one
            while step is not None:
                path.append(step)
                step = came_from[id(step)]
            return path[::-1]
        for other in following(one):
            if id(other) not in came_from:
                came_from[id(other)] = one
                waiting.append(other)
    return []


def arrows(path: Iterable[object]) -> str:
    """Return a path as a message shows it."""
    return " -> ".join(map(repr, path))
