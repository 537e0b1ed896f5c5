"""The schema both engines get before anything is stored: what is unique, what is looked up."""

from __future__ import annotations

from topology.model import LinkKind
from topology.store.values import OWN_LEASES

UNIQUE = {
    "Resource": "uid",
    "Alert": "id",
    "Scannable": "id",
    "Holder": "id",
    "ResourceClass": "name",
    "Meta": "id",
}
"""Label to the property that no two of its nodes share."""
INDEXED = {"Event": ("seq", "uid")}
"""Label to properties by which nodes are looked up. Never unique: a key made from the revision
would conflict between writers, and a conflict of keys is not retried. Never one that nodes share
and rewrite: on ArcadeDB that damaged the index."""
LINK_TYPES = (*LinkKind, "ON")
SEED = (
    "MERGE (m:Meta {id: 'store'}) ON CREATE SET m.revision = 0, m.version = 0",
    *(
        f"MERGE (s:Scannable {{id: '{lease_id}'}}) ON CREATE SET s.epoch = 0, s.holder = ''"
        for lease_id in OWN_LEASES
    ),
)
"""The nodes that always exist: the revision counter, and the leases that are no scannable's."""
