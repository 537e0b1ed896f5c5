"""Reading JSON and YAML strictly."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from topology.errors import InvalidFile
from topology.evaluate.document import parse_json, parse_yaml, read_document


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", '{"n": 0.10}'),
        ("a.yaml", "n: 0.10"),
        ("a.yml", '{"n": 0.10}'),
        ("json-without-suffix", ' {"n": 0.10}'),
        ("yaml-without-suffix", "n: 0.10"),
    ],
)
def test_json_and_yaml_are_told_apart(tmp_path: Path, name: str, text: str) -> None:
    """By the suffix, else by how the text begins; numbers keep their digits."""
    file = tmp_path / name
    file.write_text(text, encoding="utf-8-sig")

    assert {"n": Decimal("0.10")} == read_document(file)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1,}', "line 1, column 9"),
        ('{"a": NaN}', "NaN is not a number; write a finite one"),
        ('{"id": "x", "id": "y"}', "the key 'id' stands twice in {'id': \"x\", 'id': \"y\"}"),
        ("[" * 100_000, "nests too deeply"),
        ('{"a": ' + "9" * 5000 + "}", "integer string conversion"),
    ],
)
def test_malformed_json_is_refused(text: str, message: str) -> None:
    """One message, whatever the parser thinks of it."""
    with pytest.raises(InvalidFile) as refusal:
        parse_json(text, "site.json")

    assert message in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [1", "line 2, column 1: while parsing a flow sequence, did not find"),
        ("a: 1\nb: 2\na: 3", "line 3, column 1: the key 'a' stands twice"),
        ("[" * 500, "nests deeper than 32 levels"),
        ("[" * 100_000, "nest"),  # newer parsers refuse it by themselves, in their words
        ("a: !!python/object:os.system {}", "could not determine a constructor"),
        ("a: 1\n---\nb: 2", "expected a single document"),
        ("? [a]\n: 1", "unhashable key"),
    ],
)
def test_malformed_yaml_is_refused(text: str, message: str) -> None:
    """With its line, and without ever following deep nesting on the stack."""
    with pytest.raises(InvalidFile) as refusal:
        parse_yaml(text, "site.yaml")

    assert message in str(refusal.value)


def test_what_is_not_text_is_refused(tmp_path: Path) -> None:
    """A picture is no layout."""
    file = tmp_path / "site.json"
    file.write_bytes(b"\x89PNG")

    with pytest.raises(InvalidFile, match=r"site.json is not UTF-8 text \(byte 0\)"):
        read_document(file)
