"""How large a simulated site is: what stands where, before any part of it has a name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

TargetKind = Literal["OST", "MGT", "MDT"]


@dataclass(frozen=True, slots=True)
class Raid:
    """How a kind of pool is made."""

    level: str
    members: int
    data_members: int
    """How many members' worth of data it holds."""
    disk_bytes: int
    disk_model: str

    @property
    def size_bytes(self) -> int:
        """What it holds."""
        return self.data_members * self.disk_bytes


@dataclass(frozen=True, slots=True)
class Store:
    """Targets of one kind in a couplet, and the pools they are kept on."""

    kind: TargetKind
    filesystem: str
    targets: int
    pairs: tuple[tuple[str, ...], ...]
    """The servers that serve them, by their labels: the first target's, the second's, in turn."""
    raid: Raid | None = None
    """None where they lie on the pools that the couplet has by then."""
    pools: int = 0
    """How many of their own; targets are dealt out to pools in turn."""


@dataclass(frozen=True, slots=True)
class Couplet:
    """Two controllers over some enclosures."""

    enclosures: int
    stores: tuple[Store, ...]


@dataclass(frozen=True, slots=True)
class Sizes:
    """A whole site."""

    name: str
    """It tells the site's serials from another site's."""
    filesystems: tuple[str, ...]
    servers: tuple[str, ...]
    """Their labels, in the order in which they are reported."""
    couplets: tuple[Couplet, ...]


RAID6 = Raid("raid6", 10, 8, 8_001_563_222_016, "ST8000NM0045")
MIRROR = Raid("raid1", 2, 1, 1_920_383_410_176, "MZILT1T9HAJQ")
METADATA_SERVERS = ("mds0", "mds1")


def even_sizes(
    name: str, *, couplets: int, enclosures: int, osts: int, oss_pairs: int, mdts: int
) -> Sizes:
    """Return a site of equal couplets, over which the metadata is spread.

    `enclosures`, `osts` and `oss_pairs` are per couplet.
    """
    oss = tuple(f"oss{number}" for number in range(2 * oss_pairs * couplets))
    pairs = in_pairs(oss)
    return Sizes(
        name,
        (name,),
        (*METADATA_SERVERS, *oss),
        tuple(
            Couplet(
                enclosures,
                (
                    Store(
                        "OST",
                        name,
                        osts,
                        tuple(pairs[number * oss_pairs : (number + 1) * oss_pairs]),
                        RAID6,
                        osts,
                    ),
                    *_metadata(name, number, len(range(number, mdts, couplets))),
                ),
            )
            for number in range(couplets)
        ),
    )


def _metadata(name: str, couplet: int, mdts: int) -> Iterable[Store]:
    if couplet == 0:
        yield Store("MGT", name, 1, (METADATA_SERVERS,), MIRROR, 1)
    if mdts:
        yield Store("MDT", name, mdts, (METADATA_SERVERS,), MIRROR, mdts)


def in_pairs(servers: Sequence[str]) -> list[tuple[str, ...]]:
    """Return servers as failover pairs; the last of an odd number stands alone."""
    return [tuple(servers[at : at + 2]) for at in range(0, len(servers), 2)]
