"""Kinds of attributes that name or address something, each in one canonical form."""

from __future__ import annotations

import ipaddress
import re
import uuid
from pathlib import PurePath, PurePosixPath
from urllib.parse import urlsplit

from plugin_runtime.attribute import Attribute, IsOptional

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_HEX = re.compile(r"[0-9a-f]+")
_NAA = re.compile(r"[235][0-9a-f]{15}|6[0-9a-f]{31}")
"""NAA identifiers by their first digit: 64 bits, or 128 for IEEE Registered Extended (SPC-4)."""
_UDEV_NAA = re.compile(r"3([235][0-9a-f]{15}|6[0-9a-f]{31})")
"""udev writes the designator type, 3, in front."""
_NAMED_WWN = re.compile(r"(t10|nvme|uuid)\.(.*\S)", re.DOTALL | re.IGNORECASE)
_BLANKS = re.compile(r"[\s_]+")


def text_of(value: object) -> str:
    """Return `value`, which must be text that can be stored; or raise with the rule."""
    if not isinstance(value, str):
        raise TypeError("must be text")
    text = str.__str__(value)  # an enumeration's member as the text it is
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("must be valid Unicode") from None
    return text


class Hostname(Attribute[str, IsOptional]):
    """A host's name (RFC 1123), IPv4 or IPv6 address, in lower case."""

    def validate(self, value: object) -> str:
        """Return the name in lower case or the address in its shortest form."""
        text = text_of(value).strip()
        try:
            return str(ipaddress.ip_address(text))
        except ValueError:
            pass
        name = text.lower().removesuffix(".")
        labels = name.split(".")
        if len(name) > 253:
            raise ValueError("must have at most 253 characters")
        if not all(_LABEL.fullmatch(label) for label in labels):
            raise ValueError(
                "must be a host name (labels of 1 to 63 letters, digits and inner hyphens) "
                "or an IP address"
            )
        if len(labels) > 1 and all(label.isdigit() for label in labels):
            raise ValueError("must be an IP address if it is made of numbers alone")
        return name


class Uuid(Attribute[str, IsOptional]):
    """32 hex digits in any hyphenation, held in lower case as 8-4-4-4-12."""

    def validate(self, value: object) -> str:
        """Return the canonical form."""
        digits = text_of(str(value) if isinstance(value, uuid.UUID) else value)
        digits = digits.strip().replace("-", "").lower()
        if len(digits) != 32 or not _HEX.fullmatch(digits):
            raise ValueError("must be 32 hex digits, hyphens aside")
        return str(uuid.UUID(digits))


class Wwn(Attribute[str, IsOptional]):
    """A SCSI or NVMe identifier in the form of its namespace: naa., eui., t10., nvme. or uuid.

    An EUI-64 has 16 hex digits, an NGUID 32; both stand under eui. as Linux writes them.
    """

    def validate(self, value: object) -> str:
        """Return the namespace, a point and the identifier, hex digits in lower case."""
        text = text_of(value).strip()
        if named := _NAMED_WWN.fullmatch(text):
            space, rest = named[1].lower(), named[2].strip(" _")
            return f"{space}.{_BLANKS.sub('_', rest) if space == 't10' else rest.lower()}"
        space, _, rest = text.lower().rpartition(".")
        digits = re.sub(r"[:\-\s]", "", rest.removeprefix("0x"))
        if space in {"", "naa"} and _NAA.fullmatch(digits):
            return f"naa.{digits}"
        if space == "" and (udev := _UDEV_NAA.fullmatch(digits)):
            return f"naa.{udev[1]}"
        if space in {"", "eui"} and _HEX.fullmatch(digits) and len(digits) in {16, 32}:
            return f"eui.{digits}"
        raise ValueError("must be an NAA, EUI-64, NGUID, T10, NVMe or UUID identifier")


class PosixPath(Attribute[str, IsOptional]):
    """A path, without doubled or trailing slashes."""

    def validate(self, value: object) -> str:
        """Return the path as text."""
        text = text_of(value.as_posix() if isinstance(value, PurePath) else value)
        if not text or "\0" in text:
            raise ValueError("must be a path: not empty, without a NUL character")
        return str(PurePosixPath(re.sub(r"^//+", "/", text)))


class Url(Attribute[str, IsOptional]):
    """An absolute URL with a host; scheme and host in lower case."""

    def validate(self, value: object) -> str:
        """Return the URL."""
        text = text_of(value).strip()
        try:
            parts = urlsplit(text)
            has_host = bool(parts.scheme and parts.hostname and parts.port != -1)
        except ValueError:
            has_host = False
        if not has_host or re.search(r"[\s\x00-\x1f\x7f]", text):
            raise ValueError("must be a URL such as https://array.example:8443/api")
        user, at, host = parts.netloc.rpartition("@")
        return parts._replace(netloc=f"{user}{at}{host.lower()}").geturl()
