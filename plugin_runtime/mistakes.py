"""What is wrong with resource classes: raised, or gathered so that an author hears all of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from topology.errors import DeclarationError


@dataclass(frozen=True, slots=True)
class Mistakes:
    """What is wrong with one class, and was not told of a base of it."""

    cls: type
    texts: tuple[str, ...]

    def wrongs(self) -> Iterator[str]:
        """Yield what is wrong without the class's name and what to do, as classes may share it."""
        for text in self.texts:
            yield text.partition("; ")[0].replace(f"{self.cls.__name__}.", "")


_gathered: ContextVar[list[Mistakes] | None] = ContextVar("_gathered", default=None)


@contextmanager
def gathered_mistakes() -> Iterator[list[Mistakes]]:
    """Gather the mistakes of all classes defined meanwhile, in the list given, raising none."""
    mistakes: list[Mistakes] = []
    token = _gathered.set(mistakes)
    try:
        yield mistakes
    finally:
        _gathered.reset(token)


def report_mistakes(cls: type, texts: tuple[str, ...]) -> None:
    """Keep what is wrong with a class where mistakes are gathered, else raise DeclarationError.

    What was told of a base is not told again, unless the class declares it anew.
    """
    gathered = _gathered.get()
    if gathered is None:
        raise DeclarationError("\n".join(texts))
    of_bases = {wrong for one in gathered if issubclass(cls, one.cls) for wrong in one.wrongs()}
    own = tuple(
        text
        for text, wrong in zip(texts, Mistakes(cls, texts).wrongs(), strict=True)
        if wrong not in of_bases or wrong.split(maxsplit=1)[0].rstrip(":") in vars(cls)
    )
    if own:
        gathered.append(Mistakes(cls, own))
