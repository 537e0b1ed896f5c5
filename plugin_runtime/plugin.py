"""`StoragePlugin`: the code that contacts a scannable and reports what it finds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar, Generic, Protocol, TypeVar

from structlog.typing import FilteringBoundLogger

from plugin_runtime.resource import StorageResource

Root = TypeVar("Root", bound=StorageResource)
R = TypeVar("R", bound=StorageResource)


class Reporting(Protocol):
    """What a plugin reports to: its session. Safe from any thread."""

    def update_or_create(
        self,
        cls: type[R],
        parents: Iterable[StorageResource] | None,
        affects: Iterable[StorageResource] | None,
        values: Mapping[str, object],
    ) -> tuple[R, bool]:
        """Report a resource, and say whether it is new."""

    def remove(self, resource: StorageResource) -> None:
        """Report no longer."""

    def find(self, cls: type[R], identifying: Mapping[str, object]) -> R | None:
        """Return what is reported, None if it is not."""

    def uid_of(self, cls: type[StorageResource], identifying: Mapping[str, object]) -> str:
        """Return the uid, reported or not."""


class StoragePlugin(Generic[Root]):
    """Reports the resources of one scannable. Derive from it: `StoragePlugin[Array]`.

    Only `initial_scan` is required. Everything it offers may be called from any thread.
    """

    name: ClassVar[str] = ""
    """The plugin's name; by default its module's."""
    update_period: float = 60
    """Seconds between update scans; read once, after `initial_scan`."""
    log: FilteringBoundLogger
    """A logger bound to plugin and scannable; what it says is shown in the UI."""
    session: Reporting
    """Set by the runtime, as `log` is, before `initial_scan`."""

    def initial_scan(self, root: Root) -> None:
        """Contact the scannable and report everything it has; called once, first.

        Returning means "this is the complete truth": what was reported earlier and is not reported
        now is removed. Raise any exception when the scannable cannot be reached.
        """
        raise NotImplementedError

    def update_scan(self, root: Root) -> None:
        """Report what has changed; called every `update_period` seconds."""

    def teardown(self) -> None:
        """Free what `initial_scan` took; called once, also after an exception."""

    def update_or_create(
        self,
        cls: type[R],
        parents: Iterable[StorageResource] | None = None,
        *,
        affects: Iterable[StorageResource] | None = None,
        **attrs: object,
    ) -> tuple[R, bool]:
        """Report the resource of class `cls` that `attrs` identify, and set its attributes.

        Args:
            cls: The resource's class.
            parents: What it is built from, in place of its parents so far; None leaves those.
            affects: What it affects without being part of it, likewise.
            **attrs: Values, among them the identifying ones; others stay as they are.

        Returns:
            The resource, and whether it is new.

        Raises:
            InvalidValue: A value, name or link is refused; then nothing has changed.
        """
        return self.session.update_or_create(cls, parents, affects, attrs)

    def remove(self, resource: StorageResource) -> None:
        """Report `resource` no longer. It leaves the parents of others.

        References to it are cleared where they are optional; otherwise their holders go too.
        Raises InvalidValue for a resource that is not reported.
        """
        self.session.remove(resource)

    def find(self, cls: type[R], **ids: object) -> R | None:
        """Return the reported resource that `ids` identify, None where there is none."""
        return self.session.find(cls, ids)

    def uid_of(self, cls: type[StorageResource], **ids: object) -> str:
        """Return the uid of the resource that `ids` identify, reported or not."""
        return self.session.uid_of(cls, ids)
