"""Every error this product raises on purpose: what is wrong, where, what was found, what to do.

Each error is also the builtin it resembles and knows the exit code its command ends with.
"""

from __future__ import annotations

from typing import ClassVar

_MOST_BEFORE = 60
"""How many characters of a wrong line are shown before the place, and as many behind it."""


class TopologyError(Exception):
    """Something a person can put right; its text is shown as it is, without a traceback."""

    exit_code: ClassVar[int] = 70
    """What a command exits with (sysexits.h); 70 is a defect of ours."""


class DeclarationError(TopologyError, TypeError):
    """A resource class or plugin is declared wrongly; the message lists every mistake found."""

    exit_code = 65


class PluginError(TopologyError):
    """A plugin cannot be loaded, or its code raised while it scanned."""

    exit_code = 65


class InvalidValue(TopologyError, ValueError):
    """An attribute, a setting or an argument has a value its rule refuses."""

    exit_code = 65


class InvalidFile(TopologyError, ValueError):
    """An input file is malformed; the message names the place in it."""

    exit_code = 65


class UsageError(TopologyError, ValueError):
    """A command or request was put wrongly."""

    exit_code = 64


class ResourceNotFound(TopologyError, LookupError):
    """No resource, or more than one, answers to the given id; candidates are named."""

    exit_code = 64


class HistoryForgotten(TopologyError, LookupError):
    """A time was asked for of which the history is no longer kept."""

    exit_code = 64


class QueryRefused(TopologyError, ValueError):
    """The database refused or ended an operator's query: wrong syntax, a write, or over time."""

    exit_code = 64

    def __init__(
        self, message: str, *, query: str = "", place: tuple[int, int] | None = None
    ) -> None:
        super().__init__(message)
        self.query = query
        """The operator's own text."""
        self.place = place
        """Line and column in it, from 1; None where the database names none."""

    @property
    def marked(self) -> str:
        """The wrong line with its number, and a caret under the place; "" where there is none."""
        lines = self.query.split("\n")
        if self.place is None or self.place[0] > len(lines):
            return ""
        number, column = self.place
        line = lines[number - 1].replace("\t", " ").rstrip()
        start = max(0, column - 1 - _MOST_BEFORE)
        shown = line[start : start + 2 * _MOST_BEFORE]
        return f"{number:>4} | {shown}\n     | {' ' * (column - 1 - start)}^"


class DeltaRejected(TopologyError, ValueError):
    """A delta would break the graph; nothing of it was applied."""

    exit_code = 65


class LeaseLost(DeltaRejected):
    """Another runtime holds the scope now, so this writer's delta was refused whole."""


class StoreUnavailable(TopologyError, ConnectionError):
    """The store cannot be reached or did not answer in time; nothing was lost, try again."""

    exit_code = 69


class TooBusy(TopologyError, RuntimeError):
    """As many queries are being answered as are at once; ask again."""

    exit_code = 69


class DeviceUnreachable(TopologyError, ConnectionError):
    """A plugin's device could not be contacted."""

    exit_code = 69


class CannotWrite(TopologyError, OSError):
    """A directory or port is read-only, full or in use."""

    exit_code = 73
