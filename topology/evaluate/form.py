"""The form of a layout file: what stands where, with which values (design.md, section 6)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from difflib import get_close_matches
from fractions import Fraction
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from topology.errors import InvalidFile
from topology.evaluate.document import found
from topology.gates import InputMap, Measure
from topology.state import OK, STATE_WORDS, Interval, State, interval_of

SHOWN_MISTAKES = 10
"""How many mistakes of a file one message names."""
_NUMBER = re.compile(r"\d{1,30}(\.\d{1,30})?([eE][+-]?\d{1,2})?|\d{1,30}/0*[1-9]\d{0,29}")
_MAX_MAGNITUDE = 30
"""Powers of ten beyond which a number is a slip of the pen."""


def _state(value: object) -> State:
    if isinstance(value, str) and value in State.__members__:
        return State[value]
    raise ValueError(f"must be one of {', '.join(State.__members__)}, got {found(value)}")


def _own_state(value: object) -> Interval:
    if isinstance(value, str) and value in STATE_WORDS:
        return interval_of(value)
    raise ValueError(f"must be one of {', '.join(STATE_WORDS)}, got {found(value)}")


def _exact(value: object) -> Fraction:
    """Return a number of at least 0 without rounding; a float as its shortest decimal form."""
    text = ""
    if isinstance(value, Decimal):
        if value.is_finite() and abs(value.adjusted()) <= _MAX_MAGNITUDE:
            text = f"{value:f}"
    elif isinstance(value, int | float | str) and not isinstance(value, bool):
        text = str(value)
    if not _NUMBER.fullmatch(text):
        raise ValueError(
            f'must be a number of at least 0 such as 2, 0.1 or "1/3", got {found(value)}'
        )
    return Fraction(text)


def _amount(value: object) -> Fraction:
    amount = _exact(value)
    if amount == 0:
        raise ValueError("must be more than 0, got 0: the rule would hold with nothing failed")
    return amount


def _input_map(value: object) -> InputMap:
    if value == "ignore":
        return InputMap.ignore()
    if not isinstance(value, Mapping) or len(value) != 1:
        raise ValueError(
            'must be "ignore" or an object with one of cap, shift, fixed and table, '
            f"got {found(value)}"
        )
    ((how, said),) = value.items()
    try:
        return _made_map(how, said)
    except ValueError as error:
        raise ValueError(f"is refused: {how} {str(error).removeprefix('a map ')}") from None


def _made_map(how: object, said: object) -> InputMap:
    match how, said:
        case "cap", _:
            return InputMap.capped(_state(said))
        case "fixed", _:
            return InputMap.fixed(_state(said))
        case "shift", int() if not isinstance(said, bool):
            return InputMap.shifted(said)
        case "table", Mapping():
            return InputMap.of({_state(key): _state(seen) for key, seen in said.items()})
    forms = {"shift": "must be a whole number", "table": "must be an object, from state to state"}
    raise ValueError(
        f"{forms.get(str(how), 'is not one of cap, shift, fixed and table')}, got {found(said)}"
    )


Id = Annotated[str, Field(min_length=1)]
AState = Annotated[State, BeforeValidator(_state)]
Size = Annotated[int, Field(ge=1)]


class _Entry(BaseModel):
    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, arbitrary_types_allowed=True
    )


class ResourceEntry(_Entry):
    """One resource."""

    uid: Id = Field(alias="id")
    class_name: Id | None = Field(default=None, alias="class")
    state: Annotated[Interval, BeforeValidator(_own_state)] = OK
    can_fail: bool | None = None
    """None: by its class and its inputs."""


class LinkEntry(_Entry):
    """One link from cause to effect."""

    source: Id = Field(alias="from")
    target: Id = Field(alias="to")
    kind: Literal["PARENT_OF", "AFFECTS", "PROVIDES"] = "AFFECTS"
    map: Annotated[InputMap, BeforeValidator(_input_map)] | None = None
    """None: by the classes of both ends."""


class RuleEntry(_Entry):
    """So much of the group at a state or worse gives a state."""

    count: Size | None = None
    percent: Annotated[Fraction, BeforeValidator(_amount), Field(le=100)] | None = None
    weight: Annotated[Fraction, BeforeValidator(_amount)] | None = None
    at: AState
    gives: AState

    @model_validator(mode="after")
    def _asks_one_thing(self) -> Self:
        if sum(one is not None for one in (self.count, self.percent, self.weight)) != 1:
            raise ValueError("must have exactly one of count, percent and weight")
        if self.at is State.OK:
            raise ValueError('must not ask for "at": "OK", which holds with nothing failed')
        return self

    @property
    def amount(self) -> tuple[Measure, Fraction]:
        """What is measured, and how much of it is enough."""
        if self.percent is not None:
            return "percent", self.percent
        if self.weight is not None:
            return "weight", self.weight
        return "count", Fraction(self.count or 0)


class GroupEntry(_Entry):
    """Inputs that a resource needs together."""

    of: Id
    inputs: tuple[Id, ...] = Field(strict=False)
    size: Size | None = None
    out_of_sync: tuple[Id, ...] = Field(default=(), strict=False)
    needs: Size | None = None
    tolerates: Annotated[int, Field(ge=0)] | None = None
    rules: tuple[RuleEntry, ...] | None = Field(default=None, strict=False)
    weights: dict[Id, Annotated[Fraction, BeforeValidator(_exact)]] = Field(default_factory=dict)
    cap: AState = State.FAILED

    @model_validator(mode="after")
    def _has_one_gate(self) -> Self:
        if sum(gate is not None for gate in (self.needs, self.tolerates, self.rules)) > 1:
            raise ValueError("must have at most one of needs, tolerates and rules")
        if self.rules == ():
            raise ValueError("must have a rule in rules, or leave it out")
        return self


class LayoutDocument(_Entry):
    """A whole file."""

    resources: tuple[ResourceEntry, ...] = Field(strict=False)
    links: tuple[LinkEntry, ...] = Field(default=(), strict=False)
    groups: tuple[GroupEntry, ...] = Field(default=(), strict=False)


def document_of(content: object, name: str) -> LayoutDocument:
    """Check the form of plain values. Raises InvalidFile that names every place at fault."""
    mistakes = list(_loose_ends(content))
    if not mistakes:
        try:
            return LayoutDocument.model_validate(content)
        except ValidationError as error:
            mistakes = [_mistake(one) for one in error.errors(include_url=False)]
    raise invalid_file(name, mistakes)


def invalid_file(name: str, mistakes: list[str]) -> InvalidFile:
    """Return one error for all mistakes of a file."""
    shown = mistakes[:SHOWN_MISTAKES]
    if len(mistakes) > len(shown):
        shown.append(f"and {len(mistakes) - len(shown)} more mistakes.")
    return InvalidFile("\n".join(f"{name}: {mistake}" for mistake in shown))


def _loose_ends(content: object) -> Iterator[str]:
    """Yield what no form allows: nulls and keys that are not text. Each list or object once."""
    if not isinstance(content, Mapping):
        yield f"the file must hold an object with resources, got {found(content)}."
        return
    seen = {id(content)}
    waiting: list[tuple[str, object]] = [("", content)]
    while waiting:
        place, value = waiting.pop()
        inner: list[tuple[str, object]] = []
        if isinstance(value, Mapping):
            for key in value:
                if not isinstance(key, str):
                    yield f"the key {found(key)} in {place or 'the file'} is not text; quote it."
            inner = [(f"{place}.{key}".lstrip("."), one) for key, one in value.items()]
        elif isinstance(value, list):
            inner = [(f"{place}[{index}]", one) for index, one in enumerate(value)]
        for where, one in reversed(inner):
            if one is None:
                yield f"{where} is null; give it a value or leave it out."
            elif isinstance(one, Mapping | list) and id(one) not in seen:
                seen.add(id(one))
                waiting.append((where, one))


_ENTRIES: Mapping[str, type[_Entry]] = {
    "resources": ResourceEntry,
    "links": LinkEntry,
    "groups": GroupEntry,
    "rules": RuleEntry,
}
"""What stands in which list."""
_EXPECTED = {
    "string_type": "must be text; put it in quotes",
    "string_too_short": "must not be empty; give it a name",
    "int_type": "must be a whole number",
    "bool_type": "must be true or false",
    "tuple_type": "must be a list",
    "dict_type": "must be an object",
    "model_type": "must be an object",
}
"""What to write where pydantic's own words do not say it, by the type of its error."""


def _known_instead(loc: tuple[int | str, ...]) -> str:
    """Return which name was probably meant at a place, else which there are."""
    lists = [step for step in loc[:-1] if step in _ENTRIES]
    form = _ENTRIES[str(lists[-1])] if lists else LayoutDocument
    names = [field.alias or name for name, field in form.model_fields.items()]
    near = get_close_matches(str(loc[-1]), names, n=1)
    return f"did you mean {near[0]!r}?" if near else f"known: {', '.join(names)}."


def _mistake(error: ErrorDetails) -> str:
    place = "".join(
        f"[{step}]" if isinstance(step, int) else f".{step}" for step in error["loc"]
    ).lstrip(".")
    kind, context = error["type"], error.get("ctx", {})
    if kind == "missing":
        return f"{place} is missing; give it."
    if kind == "extra_forbidden":
        return f"{place} is not known here; {_known_instead(error['loc'])}"
    if kind == "value_error":
        return f"{place} {context['error']}."
    if kind in {"greater_than_equal", "less_than_equal"}:
        bound = f"at least {context['ge']}" if "ge" in context else f"at most {context['le']}"
        return f"{place} must be {bound}, got {found(error['input'])}."
    if kind == "literal_error":
        return f"{place} must be {context['expected']}, got {found(error['input'])}."
    expected = _EXPECTED.get(kind, error["msg"])
    return f"{place} {expected}, got {found(error['input'])}."
