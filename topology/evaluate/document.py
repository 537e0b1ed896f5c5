"""Text to plain values: JSON or YAML, read strictly, so that nothing is guessed or dropped.

Numbers keep every digit that was written: 0.1 is one tenth.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Hashable, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, NoReturn

import yaml

from topology.errors import InvalidFile

MAX_BYTES = 256 * 2**20
SHOWN_CHARACTERS = 60
MAX_DEPTH = 32
"""How deep a YAML file may nest; its parser follows nesting on the stack."""


def found(value: object) -> str:
    """Return a value as messages show it, short whatever it is."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list | tuple):
        return "a list"
    shown = f'"{value}"' if isinstance(value, str) else str(value)
    return shown if len(shown) <= SHOWN_CHARACTERS else f"{shown[: SHOWN_CHARACTERS - 3]}..."


def read_document(file: Path) -> object:
    """Return the content of a JSON or YAML file: YAML by its suffix, else by its content.

    Raises InvalidFile with the line at fault.
    """
    try:
        if file.stat().st_size > MAX_BYTES:
            raise InvalidFile(
                f"{file} is larger than {MAX_BYTES >> 20} MiB; describe a smaller layout."
            )
        text = file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InvalidFile(
            f"{file} cannot be read ({error.strerror}); name a JSON or YAML file."
        ) from None
    except UnicodeDecodeError as error:
        raise InvalidFile(
            f"{file} is not UTF-8 text (byte {error.start}); save it as UTF-8."
        ) from None
    suffix = file.suffix.lower()
    is_json = suffix == ".json" or (
        suffix not in {".yaml", ".yml"} and text.lstrip().startswith(("{", "["))
    )
    return parse_json(text, str(file)) if is_json else parse_yaml(text, str(file))


def parse_json(text: str, name: str) -> object:
    """Return what the JSON text says; `name` is what messages call it."""

    def refuse(constant: str) -> NoReturn:
        raise ValueError(f"{constant} is not a number; write a finite one")

    def without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        content = dict(pairs)
        if len(content) < len(pairs):
            (repeated, _), *_ = Counter(key for key, _ in pairs).most_common(1)
            beside = ", ".join(f"{key!r}: {found(value)}" for key, value in pairs[:8])
            raise ValueError(f"the key {repeated!r} stands twice in {{{beside}}}; keep one")
        return content

    try:
        return json.loads(
            text, parse_float=Decimal, parse_constant=refuse, object_pairs_hook=without_repeats
        )
    except json.JSONDecodeError as error:
        raise InvalidFile(
            f"{name} is not JSON: line {error.lineno}, column {error.colno}: {error.msg}; "
            "mend it, or name the file *.yaml if it is YAML."
        ) from None
    except RecursionError:
        raise InvalidFile(f"{name} nests too deeply; a layout needs few levels.") from None
    except ValueError as error:
        raise InvalidFile(f"{name}: {error}.") from None


def parse_yaml(text: str, name: str) -> object:
    """Return what the YAML text says; `name` is what messages call it."""
    try:
        _check_depth(text, name)
        return yaml.load(text, Loader=_StrictLoader)  # noqa: S506 (a safe loader, stricter still)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        problem = ", ".join(text for text in (error.context, error.problem) if text)
        raise InvalidFile(f"{name} is not valid YAML: {place}{problem}; mend it.") from None
    except (yaml.YAMLError, ValueError) as error:
        raise InvalidFile(f"{name} is not valid YAML: {error}; mend it.") from None


def _check_depth(text: str, name: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise InvalidFile(f"{name} nests deeper than {MAX_DEPTH} levels; a layout needs few.")


class _StrictLoader(yaml.CSafeLoader):
    """Safe YAML in which a key stands once and decimal numbers keep their digits."""

    def construct_mapping(
        self,
        node: yaml.MappingNode,
        deep: bool = False,  # noqa: FBT001, FBT002 (PyYAML's own)
    ) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    raise yaml.constructor.ConstructorError(
                        None, None, f"the key {key.value!r} stands twice", key.start_mark
                    )
                seen.add(key.value)
        return super().construct_mapping(node, deep=deep)

    def construct_decimal(self, node: yaml.ScalarNode) -> Decimal | str:
        """Return the number as it is written; what only YAML takes for one (.inf) stays text."""
        text = str(node.value)
        try:
            return Decimal(text)
        except InvalidOperation:
            return text


_StrictLoader.add_constructor("tag:yaml.org,2002:float", _StrictLoader.construct_decimal)
