"""The descendant's `plugin`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from plugin_runtime.chroma.meta import join_classes, refresh
from plugin_runtime.plugin import StoragePlugin
from plugin_runtime.resource import StorageResource

__all__ = ["Plugin"]

R = TypeVar("R", bound=StorageResource)


class Plugin(StoragePlugin[Any]):
    """Reports the resources of one scannable."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        join_classes(cls.__module__)

    def update_or_create(  # type: ignore[override]  # as it was there
        self, klass: type[R], parents: Iterable[StorageResource] = (), **attrs: Any
    ) -> tuple[R, bool]:
        """Report a resource and say whether it is new. Parents are added, never taken away."""
        resource, is_new = super().update_or_create(klass, **attrs)
        refresh(resource)
        for parent in parents:
            resource.add_parent(parent)
        self._reported[resource.uid] = resource
        return resource, is_new

    def remove(self, resource: StorageResource) -> None:
        """Report `resource` no longer."""
        super().remove(resource)
        self._reported.pop(resource.uid, None)

    def find_by_attr(self, klass: type[R], **attrs: Any) -> Iterator[R]:
        """Yield the reported resources of exactly this class with these values."""
        for one in list(self._reported.values()):
            if type(one) is klass and all(getattr(one, key) == it for key, it in attrs.items()):
                yield one

    def remove_by_attr(self, klass: type[StorageResource], **attrs: Any) -> bool:
        """Remove the resource that `attrs` identify, and say whether there was one."""
        found = self.find(klass, **attrs)
        if found is not None:
            self.remove(found)
        return found is not None

    @property
    def _reported(self) -> dict[str, StorageResource]:
        reported: dict[str, StorageResource] = vars(self).setdefault("_all_reported", {})
        return reported  # made here, as __init__ is the plugin's own
