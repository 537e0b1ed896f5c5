"""Sites that exist, by the sizes their operators published, and one to measure by.

What a source does not tell is ours: which pools OSTs and MDTs lie on where it names disks alone,
how many enclosures, servers or disks there are where it names none. Where nothing is told of the
disks of the metadata, its targets lie on the first couplet's pools, so that the disks that are told
of are all there are. Routers, clients and disks of servers are left out. Sources::

    shaheen2     hpc.kaust.edu.sa/content/lustre
    spider2      J. Hill et al., Update on the Spider II file system, SC13 DDN User Group
    spider       ORNL, High Performance Storage and Archival Systems
    orion        blocksandfiles.com, 4 June 2022; insidehpc.com, May 2021
    perlmutter   G. Lockwood et al., doi:10.1002/cpe.8143
    lumi_p       docs.lumi-supercomputer.eu/hardware/storage/lumip
    perun        userdocs.hpc.sav.sk/perun/storage
    pratyush     pratyush.tropmet.res.in/storage-info
    dell_block   Dell Storage for HPC with Intel EE for Lustre, figures 5 and 6
    frontera     frontera-portal.tacc.utexas.edu/user-guide/files
    koa          uhawaii.atlassian.net
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count

from plugin_runtime.plugins.simulated_site.sizes import RAID6, Couplet, Raid, Sizes, Store, in_pairs

_GRID = Raid("draid2", 41, 31, 6_001_175_126_016, "ST6000NM0034")
"""GridRAID: eight data and two parity, declustered over 41 disks with two spares' room."""
_DRAID = Raid("draid2", 106, 82, 18_000_207_937_536, "ST18000NM000J")
_FLASH = Raid("raid6", 12, 10, 3_200_631_791_616, "MZWLJ3T2HBJR")


def _mirrors(members: int) -> Raid:
    return Raid("raid10", members, members // 2, 3_200_631_791_616, "MZWLJ3T2HBJR")


@dataclass(frozen=True, slots=True)
class _Block:
    """A number of equal couplets."""

    couplets: int
    enclosures: int
    servers: int
    """Per couplet."""
    osts: tuple[tuple[Raid, int], ...] = ()
    """Kinds of pools, and how many of each a couplet has; an OST on each."""
    more_osts: int = 0
    """OSTs beyond one a pool."""
    mdts: int = 0
    """On each couplet's own pools, served by its own servers."""
    mdt_raid: Raid | None = None
    """What the MDTs' own pools are, one for each; None where they share the OSTs'."""


@dataclass(frozen=True, slots=True)
class _Filesystem:
    """One filesystem with everything that it alone uses."""

    blocks: tuple[_Block, ...]
    mds: int = 0
    """Servers of metadata beside those of its blocks; its MDT and MGT lie on its first couplet."""
    mgs: int = 0
    """Servers of nothing but its MGT."""


@dataclass(frozen=True, slots=True)
class Site:
    """A site by name."""

    title: str
    """What its operators call it."""
    filesystems: Mapping[str, _Filesystem]
    """By name; the empty name is replaced by the one that an administrator gives."""


_ATLAS = _Filesystem((_Block(18, 10, 8, ((RAID6, 56),)),), mds=2, mgs=1)
_LUMI = _Filesystem((_Block(8, 1, 2, ((RAID6, 4),)),), mds=1)

SITES: Mapping[str, Site] = {
    "shaheen2": Site(
        "KAUST Shaheen II",
        {
            "": _Filesystem(
                (_Block(72, 1, 2, ((_GRID, 2),)), _Block(1, 1, 2, mdts=1, mdt_raid=_mirrors(84)))
            )
        },
    ),
    "spider2": Site("OLCF Spider II", {"atlas1": _ATLAS, "atlas2": _ATLAS}),
    "spider": Site("OLCF Spider I", {"": _Filesystem((_Block(48, 5, 4, ((RAID6, 28),)),), mds=3)}),
    "orion": Site(
        "OLCF Orion",
        {
            "": _Filesystem(
                (
                    _Block(225, 3, 2, ((_FLASH, 2), (_DRAID, 2))),
                    _Block(20, 1, 2, mdts=2, mdt_raid=_mirrors(12)),
                )
            )
        },
    ),
    "perlmutter": Site(
        "NERSC Perlmutter",
        {
            "": _Filesystem(
                (
                    _Block(137, 1, 2, ((_FLASH, 2),)),
                    _Block(8, 1, 2, mdts=2, mdt_raid=_mirrors(12)),
                )
            )
        },
    ),
    "lumi_p": Site("LUMI-P", {f"lustrep{number}": _LUMI for number in range(1, 5)}),
    "perun": Site(
        "SAV Perun",
        {"": _Filesystem((_Block(4, 1, 4, ((_FLASH, 2),), more_osts=6, mdts=4),))},
    ),
    "pratyush": Site(
        "IITM Pratyush",
        {
            name: _Filesystem((_Block(units, 1, 2, ((_GRID, 2),)),), mds=2)
            for name, units in (("lus1", 26), ("lus2", 4))
        },
    ),
    "dell_block": Site(
        "Dell/Intel EE Lustre reference block",
        {"": _Filesystem((_Block(1, 4, 2, ((RAID6, 24),)),))},
    ),
    "frontera": Site(
        "TACC Frontera /scratch1", {"": _Filesystem((_Block(8, 1, 2, ((RAID6, 2),)),), mds=2)}
    ),
    "koa": Site(
        "UHawaii Koa",
        {
            "": _Filesystem(
                (_Block(12, 2, 2, ((RAID6, 4),)), _Block(5, 1, 2, ((_FLASH, 2),))), mds=2
            )
        },
    ),
    "reference": Site(
        "Reference site of 4,000 OSTs",
        {"": _Filesystem((_Block(500, 5, 2, ((RAID6, 8),)),), mds=2)},
    ),
}


def site_called(name: str) -> str | None:
    """Return the short name of a site that is called so, in any spelling; None for no site."""
    wanted = _plain(name)
    return next(
        (one for one, site in SITES.items() if wanted in (_plain(one), _plain(site.title))), None
    )


def _plain(name: str) -> str:
    return "".join(one for one in name.casefold() if one.isalnum())


def sizes_of_site(short_name: str, name: str) -> Sizes:
    """Return the sizes of a known site; `name` is what its only filesystem is called."""
    servers: list[str] = []
    numbers = {"mgs": count(), "mds": count(), "oss": count()}
    couplets: list[Couplet] = []

    def hired(kind: str, how_many: int) -> tuple[str, ...]:
        labels = tuple(f"{kind}{next(numbers[kind])}" for _ in range(how_many))
        servers.extend(labels)
        return labels

    filesystems = {called or name: one for called, one in SITES[short_name].filesystems.items()}
    for called, filesystem in filesystems.items():
        mds, mgs = hired("mds", filesystem.mds), hired("mgs", filesystem.mgs)
        first = len(couplets)
        for block in filesystem.blocks:
            for _ in range(block.couplets):
                own = hired("oss" if block.osts else "mds", block.servers)
                couplets.append(
                    Couplet(block.enclosures, tuple(_stores(block, called, in_pairs(own))))
                )
        home = _home_of_metadata(couplets, first)
        stores = couplets[home].stores
        pairs = tuple(in_pairs(mds)[:1]) or stores[0].pairs
        more = [Store("MGT", called, 1, (mgs,) if mgs else pairs)]
        if not any(store.kind == "MDT" for one in couplets[first:] for store in one.stores):
            more.append(Store("MDT", called, 1, pairs))
        couplets[home] = Couplet(couplets[home].enclosures, (*stores, *more))
    return Sizes(name, tuple(filesystems), tuple(servers), tuple(couplets))


def _stores(block: _Block, filesystem: str, pairs: list[tuple[str, ...]]) -> Iterator[Store]:
    for raid, pools in block.osts:
        yield Store("OST", filesystem, pools, tuple(pairs), raid, pools)
    if block.more_osts:
        yield Store("OST", filesystem, block.more_osts, tuple(pairs))
    if block.mdts:
        pools = block.mdts if block.mdt_raid else 0
        yield Store("MDT", filesystem, block.mdts, tuple(pairs), block.mdt_raid, pools)


def _home_of_metadata(couplets: list[Couplet], first: int) -> int:
    """Return which couplet of a filesystem holds its MGT: the first with an MDT, else the first."""
    with_mdt = (
        number
        for number in range(first, len(couplets))
        if any(one.kind == "MDT" for one in couplets[number].stores)
    )
    return next(with_mdt, first)
