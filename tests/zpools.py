"""What zpool writes of one pool named tank, as text and as JSON."""

from __future__ import annotations

import json

HEAD = "  pool: tank\n state: {state}\nconfig:\n\n\tNAME  STATE  READ WRITE CKSUM\n"
END = "\nerrors: No known data errors\n"


def status(*rows: str, state: str = "ONLINE") -> str:
    """Return a pool's status; rows are indented below the pool's own by two spaces a level."""
    lines = [f"tank {state} 0 0 0", *(f"  {row}" for row in rows)]
    return HEAD.format(state=state) + "".join(f"\t{one}\n" for one in lines) + END


def raidz2(**states: str) -> tuple[str, ...]:
    """Return the rows of a raidz2 of four disks, ONLINE but for those named."""
    disks = (
        f"  {name} {states.get(name, 'ONLINE')} 0 0 0" for name in ("sda", "sdb", "sdc", "sdd")
    )
    return ("raidz2-0 ONLINE 0 0 0", *disks)


def vdev(kind: str, state: str | None = "ONLINE", **members: object) -> dict[str, object]:
    """Return a virtual device as `zpool status -j` writes it."""
    told: dict[str, object] = {"vdev_type": kind, "state": state, "vdevs": members}
    return {name: one for name, one in told.items() if one}


def document(*groups: tuple[str, object], **more: object) -> str:
    """Return a `zpool status -j` of one pool."""
    root = {"tank": {"vdev_type": "root", "vdevs": dict(groups)}}
    pool = {"name": "tank", "state": "ONLINE", "vdevs": root, **more}
    return json.dumps({"output_version": {"command": "zpool status"}, "pools": {"tank": pool}})
