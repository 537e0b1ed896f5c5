from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin_runtime import attributes
from plugin_runtime.attributes import Attribute
from topology.errors import InvalidValue

KINDS: dict[str, Attribute[Any, Any]] = {
    "text": attributes.String(),
    "code": attributes.String(max_length=4),
    "flag": attributes.Boolean(),
    "slot": attributes.Integer(minimum=0, maximum=99),
    "number": attributes.Integer(),
    "ratio": attributes.Float(),
    "share": attributes.Float(minimum=0, maximum=1),
    "size": attributes.Bytes(),
    "status": attributes.Enum("ok", "failed"),
    "uuid": attributes.Uuid(),
    "wwn": attributes.Wwn(),
    "path": attributes.PosixPath(),
    "url": attributes.Url(),
    "moment": attributes.Timestamp(),
    "payload": attributes.Json(),
    "host": attributes.Hostname(),
}
for _name, _attribute in KINDS.items():
    _attribute.__set_name__(object, _name)

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary()
    | st.datetimes(timezones=st.none() | st.just(UTC))
    | st.uuids()
)
likely_texts = st.sampled_from(
    [
        *("7", "-1", "1e3", "nan", "10 GiB", "0.3 B", "yes", "ok", "a" * 64, "10.0.0.1", "::1"),
        *("0x5000c500a1b2c3d4", "naa.6" + "0" * 31, "t10.ATA  X", "/dev//sda/", "http://H:1/x"),
        *("2026-01-01T00:00:00Z", "2026-01-01", "a_b", "\ud800", "", " ", "9" * 40, "host."),
    ]
)
values = scalars | likely_texts | st.lists(scalars) | st.dictionaries(st.text(), scalars)


@pytest.mark.parametrize("name", KINDS)
@given(value=values)
def test_any_value_is_held_in_canonical_form_or_refused_with_class_attribute_rule_and_value(
    name: str, value: object
) -> None:
    """What is accepted is accepted again unchanged, and the graph can store it."""
    attribute = KINDS[name]

    try:
        held = attribute.checked(value, "Disk")
    except InvalidValue as error:
        refusal = str(error)
    else:
        refusal = ""
    if refusal:
        assert refusal.startswith(f"Disk.{name} ")
        assert ", got " in refusal
        return

    assert held == attribute.checked(held, "Disk")
    stored = attribute.stored(held)
    assert type(stored) in {str, int, float, bool}
    if isinstance(stored, str):
        stored.encode()
    if type(stored) is int:
        assert -(2**63) <= stored < 2**63
    if isinstance(stored, float):
        assert math.isfinite(stored)


class Colour(StrEnum):
    RED = "red"


@pytest.mark.parametrize(
    ("kind", "given_value", "held"),
    [
        (attributes.String(), Colour.RED, "red"),
        (attributes.Boolean(), "Off", False),
        (attributes.Boolean(), [1], True),
        (attributes.Integer(), " 007 ", 7),
        (attributes.Float(), "1e3", 1000.0),
        (attributes.Bytes(), "10 GiB", 10 * 2**30),
        (attributes.Bytes(), "1.5 TB", 1_500_000_000_000),
        (attributes.Bytes(), "10G", 10 * 2**30),
        (attributes.Bytes(), "512 B", 512),
        (attributes.Bytes(), 2**60, 2**60),
        (
            attributes.Uuid(),
            "AB-CDEF0123456789abcdef0123456789",
            "abcdef01-2345-6789-abcd-ef0123456789",
        ),
        (attributes.Wwn(), "0x5000C500A1B2C3D4", "naa.5000c500a1b2c3d4"),
        (attributes.Wwn(), "50:00:c5:00:a1:b2:c3:d4", "naa.5000c500a1b2c3d4"),
        (
            attributes.Wwn(),
            "3600508b400105e210000900000490000",
            "naa.600508b400105e210000900000490000",
        ),
        (attributes.Wwn(), "eui.0025385B71B012F3", "eui.0025385b71b012f3"),
        (attributes.Wwn(), "0025385B71B012F3", "eui.0025385b71b012f3"),
        (attributes.Wwn(), "t10.ATA     ST4000NM  Z1", "t10.ATA_ST4000NM_Z1"),
        (attributes.PosixPath(), PurePosixPath("/dev//mapper/"), "/dev/mapper"),
        (attributes.PosixPath(), "//dev/sda", "/dev/sda"),
        (
            attributes.Url(),
            "HTTPS://Array.Example:8443/Api?Q=1",
            "https://array.example:8443/Api?Q=1",
        ),
        (attributes.Hostname(), "OSS1.Example.", "oss1.example"),
        (attributes.Hostname(), "2001:DB8:0::1", "2001:db8::1"),
        (attributes.Timestamp(), "1970-01-01T01:00:00+01:00", 0.0),
        (attributes.Timestamp(), datetime(1970, 1, 2, tzinfo=UTC), 86400.0),
        (attributes.Json(), {"b": (1, 2), "a": None}, {"a": None, "b": [1, 2]}),
    ],
)
def test_equal_values_have_one_form(
    kind: Attribute[Any, Any], given_value: object, held: object
) -> None:
    """Whatever way a device writes a value, it is held one way."""
    assert held == kind.validate(given_value)


@pytest.mark.parametrize(
    ("kind", "value", "rule"),
    [
        (attributes.String(max_length=3), "four", "at most 3 characters, has 4"),
        (attributes.String(), 4, "must be text"),
        (attributes.Boolean(), "maybe", "true, false, yes, no, on, off, 1, 0"),
        (attributes.Integer(minimum=0), -1, "must be at least 0"),
        (attributes.Integer(maximum=9), "10", "must be at most 9"),
        (attributes.Integer(), True, "must be a whole number"),
        (attributes.Integer(), 3.0, "must be a whole number"),
        (attributes.Integer(), 2**63, "must fit into 64 bits"),
        (attributes.Float(), math.nan, "must be a finite number"),
        (attributes.Float(), "many", "must be a number"),
        (attributes.Bytes(), "0.3 B", "must be a whole number of bytes"),
        (attributes.Bytes(), -1, "must be at least 0"),
        (attributes.Enum("ok", "failed"), "gone", "must be one of 'ok', 'failed'"),
        (attributes.Uuid(), "abc", "must be 32 hex digits"),
        (attributes.Wwn(), "serial-1", "must be an NAA"),
        (attributes.PosixPath(), "", "must be a path"),
        (attributes.Url(), "array.example", "must be a URL such as"),
        (attributes.Hostname(), "my_host", "must be a host name"),
        (attributes.Hostname(), "-host", "must be a host name"),
        (attributes.Hostname(), "h" * 64, "must be a host name"),
        (attributes.Hostname(), "10.0.0.256", "must be an IP address"),
        (attributes.Hostname(), ".".join(["a" * 63] * 4), "at most 253 characters"),
        (attributes.Timestamp(), "2026-01-01T00:00:00", "must say its time zone"),
        (attributes.Timestamp(), 1e18, "must lie in the years 1 to 9999"),
        (attributes.Json(), {1, 2}, "must be something JSON can say"),
        (attributes.ResourceReference(), "disk", "must be a StorageResource"),
    ],
)
def test_a_refusal_says_the_rule(kind: Attribute[Any, Any], value: object, rule: str) -> None:
    """The half sentence completes "Disk.slot"."""
    kind.__set_name__(object, "slot")

    with pytest.raises(InvalidValue, match=f"^Disk.slot .*{rule}"):
        kind.checked(value, "Disk")


def test_a_mandatory_attribute_refuses_none_and_says_how_to_allow_it() -> None:
    """Only optional attributes can be unset."""
    slot = attributes.Integer()
    slot.__set_name__(object, "slot")

    with pytest.raises(
        InvalidValue, match=r"Disk.slot must have a value, got None; .*optional=True"
    ):
        slot.checked(None, "Disk")

    assert attributes.Integer(optional=True).checked(None, "Disk") is None


class Even(Attribute[int]):
    def validate(self, value: object) -> int:
        if not isinstance(value, int) or value % 2:
            raise ValueError("must be an even number")
        return value


class Pair(Attribute[tuple[int, int]]):
    def validate(self, value: object) -> tuple[int, int]:
        return (1, 2)


def test_a_kind_of_ones_own_gives_the_rule_and_the_runtime_says_the_rest() -> None:
    """Its author writes half a sentence."""
    slot = Even()
    slot.__set_name__(object, "slot")

    assert 4 == slot.checked(4, "Disk")
    with pytest.raises(InvalidValue, match=r"^Disk.slot must be an even number, got 3$"):
        slot.checked(3, "Disk")


def test_a_kind_whose_values_cannot_be_stored_says_what_it_lacks() -> None:
    """Before anything of it reaches the store."""
    pair = Pair()

    with pytest.raises(TypeError, match=r"Pair holds a tuple, .* override stored\(\)"):
        pair.stored(pair.validate(3))


def test_json_is_stored_as_text_with_its_keys_in_order() -> None:
    """Equal values have equal text."""
    payload = attributes.Json()

    assert '{"a":[1,2],"b":null}' == payload.stored(payload.validate({"b": None, "a": [1, 2]}))


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        st.lists,
    )
)
def test_json_reads_back_what_was_assigned(value: object) -> None:
    """Nothing JSON can say is lost on the way into the store."""
    payload = attributes.Json()

    assert value == json.loads(str(payload.stored(payload.validate(value))))
