"""Every error this product raises on purpose: what is wrong, where, what was found, what to do.

Each error is also the builtin it resembles and knows the exit code its command ends with.
"""

from __future__ import annotations

from typing import ClassVar


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


class DeltaRejected(TopologyError, ValueError):
    """A delta would break the graph; nothing of it was applied."""

    exit_code = 65


class LeaseLost(DeltaRejected):
    """Another runtime holds the scope now, so this writer's delta was refused whole."""


class StoreUnavailable(TopologyError, ConnectionError):
    """The store cannot be reached or did not answer in time; nothing was lost, try again."""

    exit_code = 69


class DeviceUnreachable(TopologyError, ConnectionError):
    """A plugin's device could not be contacted."""

    exit_code = 69


class CannotWrite(TopologyError, OSError):
    """A directory or port is read-only, full or in use."""

    exit_code = 73
