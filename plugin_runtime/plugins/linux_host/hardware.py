"""What is told of a host's hardware: RAID cards with their disks and volumes, and enclosures."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Literal, Self

from plugin_runtime.plugins.linux_host.fact import Fact, Key, RaidState

VolumeState = Literal["optimal", "degraded", "failed", "unknown"]


class CompletedFact(Fact):
    """What several outputs of one tool tell together: each leaves out what another tells."""

    __slots__ = ()

    def completed_by(self, other: Self) -> Self:
        """Return it with what `other` tells of the same thing and this does not."""
        told = {
            one.name: getattr(other, one.name)
            for one in fields(self)  # type: ignore[arg-type]  # subclasses are dataclasses
            if getattr(self, one.name) in (None, "", ())
        }
        return replace(self, **told)  # type: ignore[type-var]

    def contradicts(self, other: Self) -> bool:
        """Both tell of something, and differently."""
        pairs = (
            (getattr(self, one.name), getattr(other, one.name))
            for one in fields(self)  # type: ignore[arg-type]
        )
        unset = (None, "", ())
        return any(a != b and a not in unset and b not in unset for a, b in pairs)


@dataclass(frozen=True, slots=True)
class RaidCard(CompletedFact):
    """A RAID controller in the host. Texts are empty where nothing is told."""

    name: str
    """What its tool calls it: "c0", "slot 0"."""
    model: str = ""
    serial: str = ""
    state: str = ""
    """In its tool's words."""
    has_failed: bool | None = None


@dataclass(frozen=True, slots=True)
class CardDisk(CompletedFact):
    """A disk behind a RAID card."""

    card: str
    name: str
    """Its place: "252:3", "1I:1:4"."""
    serial: str = ""
    wwn: str = ""
    vendor: str = ""
    model: str = ""
    size_bytes: int | None = None
    slot: int | None = None
    state: RaidState | None = None
    """None where it is in no array, or nothing is told."""
    is_predicted: bool | None = None
    """It predicts its own failure; None where nothing is told."""
    device: str = ""
    """The kernel's name, of one that the card hands to the host as it is."""

    @property
    def key(self) -> Key:
        """Its card and place."""
        return (self.card, self.name)

    @property
    def title(self) -> str:
        """What it is called on its host: by its device, else by card and place."""
        return self.device or f"{self.card}/{self.name}"


@dataclass(frozen=True, slots=True)
class CardGroup:
    """Disks that hold data together: all of a volume's, or one span of it."""

    level: str
    """Such as "raid6"."""
    disks: tuple[str, ...]
    """By their names on the card; those that are there."""
    size: int
    """How many it needs to be whole, at least 1."""


@dataclass(frozen=True, slots=True)
class CardVolume(CompletedFact):
    """A volume of a RAID card, which the host sees as a disk."""

    card: str
    name: str
    """Unique on its card."""
    title: str = ""
    """What people called it."""
    state: VolumeState | None = None
    wwn: str = ""
    device: str = ""
    """The kernel's name of the disk the host sees; empty where that is not told."""
    groups: tuple[CardGroup, ...] = ()
    """It needs every one."""
    listed: tuple[CardGroup, ...] = ()
    """All its disks in one, where nothing tells its groups."""

    @property
    def key(self) -> Key:
        """Its card and name."""
        return (self.card, self.name)


@dataclass(frozen=True, slots=True)
class Element:
    """A part of an enclosure, as SES tells of it."""

    kind: str
    """In SES's words: "Power Supply", "Cooling", "SAS Expander"."""
    name: str
    """Unique in its enclosure."""
    status: str
    """In SES's words: OK, Critical, Noncritical, Unrecoverable, Unknown."""


@dataclass(frozen=True, slots=True)
class Bay:
    """A place for a disk in an enclosure."""

    slot: int
    status: str
    device: str
    """The kernel's name of the disk in it; empty where there is none, or it is not told."""


@dataclass(frozen=True, slots=True)
class Shelf(CompletedFact):
    """An enclosure, as SES tells of it."""

    name: str
    """Its logical identifier, in hex digits."""
    vendor: str = ""
    model: str = ""
    conditions: tuple[str, ...] = ()
    """What it says of itself: OK, INFO, NON-CRIT, CRIT, UNRECOV."""
    bays: tuple[Bay, ...] = ()
    elements: tuple[Element, ...] = ()
