"""What the readers of all formats share: finding JSON in a capture, and telling what is certain."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, ValidationError

from plugin_runtime import attributes
from plugin_runtime.relations import gate_of_level
from topology.errors import InvalidFile

_JSON_BEGINS = re.compile(r"^(?:multipathd>)?\s*(?=\{)", re.MULTILINE)
_NO_JSON_LINE = re.compile(r"^\s*[A-Z].*\n?", re.MULTILINE)
"""No line of JSON begins with a capital letter, but LVM's warnings do, even inside the JSON."""
_UNDECODABLE = "\N{REPLACEMENT CHARACTER}"
_MOST_BYTES = 2**63 - 1
_LEVEL_WORDS = {"simplevolume": "raid0", "volume": "raid0", "00": "raid0", "1t": "raid1"}
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Found:
    """A JSON document and what stood around it."""

    document: object
    warnings: tuple[str, ...] = ()
    others: tuple[object, ...] = ()
    """Documents that follow it."""


def json_in(text: str, where: str, remedy: str) -> Found:
    """Return the one JSON object in `text`; every line around it becomes a warning.

    Raises InvalidFile, saying `where` it was looked for, if there is none, several, or one that is
    cut short.
    """
    found = all_json_in(text, where, remedy)
    if found.others:
        raise InvalidFile(
            f"{where} holds {len(found.others) + 1} JSON documents, of which one would be read; "
            "keep each in a file of its own."
        )
    return found


def all_json_in(text: str, where: str, remedy: str) -> Found:
    """Return the JSON objects in `text` as `json_in` does, but any number of them."""
    plain = _NO_JSON_LINE.sub("", text)
    documents: list[object] = []
    around = [line.group() for line in _NO_JSON_LINE.finditer(text)]
    end = 0
    while begin := _JSON_BEGINS.search(plain, end):
        around += plain[end : begin.end()].splitlines()
        try:
            document, end = json.JSONDecoder().raw_decode(plain, begin.end())
        except json.JSONDecodeError as error:
            raise InvalidFile(
                f"{where} is cut short or damaged at line {error.lineno}, column {error.colno} "
                f"({error.msg}); {remedy}."
            ) from None
        documents.append(document)
    if not documents:
        raise InvalidFile(f"{where} holds no JSON, found {text.strip()[:40]!r}; {remedy}.")
    said = (line.strip() for line in (*around, *plain[end:].splitlines()))
    warnings = tuple(f"{where} holds more than JSON: {line!r}" for line in said if line)
    return Found(documents[0], warnings, tuple(documents[1:]))


def checked(model: type[M], document: object, where: str, tool: str, remedy: str) -> M:
    """Return `document` as `model`. Raises InvalidFile, naming the place, where it does not fit."""
    try:
        return model.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = "".join(
            f".{step}" if isinstance(step, str) else f"[{step}]" for step in first["loc"]
        )
        raise InvalidFile(
            f"{where} is not what {tool} writes: {first['msg']} at '{place.lstrip('.')}'; {remedy}."
        ) from None


def objects_in(text: str, begin: int) -> Iterator[object]:
    """Yield the whole JSON objects of an array whose first one begins at or after `begin`."""
    decoder = json.JSONDecoder()
    while (begin := text.find("{", begin)) >= 0:
        try:
            document, begin = decoder.raw_decode(text, begin)
        except json.JSONDecodeError:
            return
        yield document


def certain(said: object) -> str:
    """Return a text without what is not certain: padding, and bytes that were no text."""
    if said is None or _UNDECODABLE in str(said):
        return ""
    return str(said).strip()


def whole_number(said: object) -> int | None:
    """Return a number, of bytes also with a B; None for one rounded for people ("20G")."""
    digits = str(said).strip().removesuffix("B")
    if not (digits.isascii() and digits.isdecimal()):
        return None
    return size if (size := int(digits)) <= _MOST_BYTES else None


Text = Annotated[str, BeforeValidator(certain)]
"""A text in a JSON document, empty where it is null or not certain."""
Bytes = Annotated[int | None, BeforeValidator(whole_number)]
"""A size in a JSON document, None where it is not exact."""


def raid_level(said: str) -> str:
    """Return a RAID level in the one way it is written here: "RAID6", "6" and "raid-6" are "raid6".

    A level that is not known counts as one that can lose nothing.
    """
    plain = re.sub(r"[\s_+-]|adm$|\(.*\)", "", said.lower()).removeprefix("raid")
    level = _LEVEL_WORDS.get(plain, f"raid{plain}")
    try:
        gate_of_level(level)
    except ValueError:
        return "raid0"
    return level


def pool_id(hostname: str, pool: str) -> str:
    """Return what a ZFS pool goes by for other plugins: among serial numbers it is like no other.

    It is of its host: there can be a pool of that name on any other.
    """
    return f"zfs:{hostname}:{pool}"


def valid_wwn(text: str) -> str | None:
    """Return a WWN in the one form it has; None for what some devices have in its place."""
    try:
        return attributes.Wwn().validate(text)
    except ValueError:
        return None
