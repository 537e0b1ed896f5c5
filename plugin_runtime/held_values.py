"""The values of one resource: what of them is set, what the graph stores, what identifies it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from plugin_runtime.attribute import Attribute
from plugin_runtime.declarations import Declaration
from plugin_runtime.identifier import Identifier
from topology.errors import InvalidValue
from topology.model import Value


class Owner(Protocol):
    """Whose values they are: a resource."""

    @property
    def declaration(self) -> Declaration:
        """What its class declares."""

    def derived(self) -> Mapping[str, object]:
        """Return values that take the place of what was assigned."""


class HeldValues:
    """What was assigned to one resource, as its attributes and statistics keep it."""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner
        self.values: dict[str, Any] = {}
        """Validated, by attribute; None where an optional one was cleared."""
        self._samples: dict[str, object] = {}
        """The last value of each statistic."""

    def stored(self) -> dict[str, Value]:
        """Return what the graph stores: the values of all attributes that are set."""
        return {
            name: attribute.stored(value)
            for name, attribute in self._owner.declaration.attributes.items()
            if (value := self.values.get(name)) is not None
        }

    def identifying(self) -> dict[str, Value]:
        """Return what the graph stores of the values that identify it, as far as they are set."""
        identifier, values = self._owner.declaration.identifier, self.stored()
        names = identifier.names if identifier else ()
        return {name: values[name] for name in names if name in values}

    def reported(self) -> dict[str, Value]:
        """Return what the graph stores of it as it is reported: `stored`, and what is derived."""
        found = self.stored()
        for name, value in self._owner.derived().items():
            attribute = self._owner.declaration.attributes[name]
            found[name] = attribute.stored(attribute.validate(value))
        return found

    def missing(self) -> list[str]:
        """Return the names of mandatory attributes without a value, in declared order."""
        return [
            name
            for name, attribute in self._owner.declaration.attributes.items()
            if not attribute.is_optional and name not in self.values
        ]

    def identity(self) -> tuple[Value, ...]:
        """Return what makes it this resource; InvalidValue while that is not set."""
        identifier, owner = self.identifier, self._owner.declaration.name
        unset = [name for name in self.missing() if name in identifier.names]
        if unset:
            known = repr(self._owner) if self.identifying() else owner
            raise InvalidValue(f"{known} lacks {unset[0]!r}, which identifies it; pass a value")
        return identifier.identity(self.stored(), owner)

    @property
    def identifier(self) -> Identifier:
        """What tells it from others of its class; InvalidValue where nothing does."""
        declaration = self._owner.declaration
        if declaration.identifier is None:
            raise InvalidValue(
                f"{declaration.name} has no identifier, so it cannot be reported; "
                "declare identifier = ScannableId(...) or GlobalId(...)"
            )
        return declaration.identifier

    def read(self, attribute: Attribute[Any, Any]) -> object:
        """Return an attribute's value; None for an optional one that is not set."""
        value = self.values.get(attribute.name)
        if value is not None:
            return attribute.loaded(value)
        if attribute.is_optional:
            return None
        declaration = self._owner.declaration
        if declaration.is_scannable and attribute in declaration.needed_settings:
            raise InvalidValue(declaration.lacks([attribute]))
        setting = f"give the setting {attribute.name}=VALUE, " if declaration.is_scannable else ""
        raise InvalidValue(
            f"{declaration.name}.{attribute.name} is read before it has a value; "
            f"{setting}assign it, pass it to update_or_create() or declare a default"
        )

    def known(self, name: str) -> object:
        """Return the value of an attribute or statistic, None where there is none."""
        held = self.values.get(name, self._samples.get(name))
        return self._owner.derived().get(name, held)

    def last_sample(self, name: str) -> object:
        """Return the last value of a statistic, None before the first."""
        return self._samples.get(name)

    def check_identity(self, attribute: Attribute[Any, Any], checked: object) -> None:
        """Raise InvalidValue where `checked` would make it another resource."""
        name, identifier = attribute.name, self.identifier
        if name not in identifier.names:
            return
        values = self.stored()
        before = identifier.identity(values, "")
        values.pop(name, None)
        if checked is not None:
            values[name] = attribute.stored(checked)
        try:
            is_same = identifier.identity(values, "") == before
        except InvalidValue:
            is_same = False
        if not is_same:
            raise InvalidValue(
                f"{self._owner!r} is identified by {name!r}, which cannot become {checked!r}; "
                "remove it and report another one"
            )
