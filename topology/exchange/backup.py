"""A backup: everything a store holds, journal and all, as JSON lines in a directory of its own.

It is taken while the store is in use and holds one revision whole. The manifest comes last and
names the digest of each file, so what was interrupted or damaged is never taken for a backup. The
form is the same on every engine. It holds no lease, and not the site key that encrypts passwords.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from topology.errors import CannotWrite, InvalidFile, TopologyError
from topology.exchange.forms import lines_of, text_of
from topology.exchange.whole_graph import graph_from, refuse_full
from topology.graph.slices import SlicedGraph
from topology.journal import Event
from topology.json_form import resource_to_json
from topology.store.graph_store import GraphStore
from topology.store.values import JournalSpan, Scannable

FORMAT = "chroma-topology-backup/1"
_MANIFEST = "manifest.json"
_GRAPH = "graph.jsonl.gz"
_JOURNAL = "journal.jsonl.gz"


def back_up(store: GraphStore, directory: Path) -> int:
    """Write a backup of `store` into `directory`, which is new or empty; return its revision.

    Raises CannotWrite, also where the directory holds something.
    """
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(directory.iterdir()):
            raise CannotWrite(f"{str(directory)!r} is not empty; name a new directory")
        graph = SlicedGraph(store)
        classes, scannables = store.classes().values(), store.scannables()
        leases = {
            one.scannable_id: [one.version, one.epoch, dict(one.status)] for one in scannables
        }
        resources = ((one.uid, resource_to_json(one)) for one in graph.resources())
        lines = lines_of(resources, len(graph.uids), classes, scannables)
        journal = (text_of(asdict(event)) for event in store.all_events(graph.revision))
        files = {
            _GRAPH: _written(directory / _GRAPH, lines),
            _JOURNAL: _written(directory / _JOURNAL, journal),
        }
        span = store.span()  # after the journal: what was forgotten meanwhile is known
        manifest = {
            "format": FORMAT,
            "at": time.time(),
            "revision": graph.revision,
            "kept_since": span.kept_since,
            "forgotten_at": span.forgotten_at,
            "resources": len(graph.uids),
            "scannables": leases,
            "sha256": files,
        }
        _write(directory / _MANIFEST, text_of(manifest, indent=1).encode())
    except OSError as error:
        if isinstance(error, TopologyError):
            raise
        raise CannotWrite(
            f"cannot write a backup to {str(directory)!r} ({error.strerror}); name another "
            "directory, or make room"
        ) from None
    return graph.revision


def restore(store: GraphStore, directory: Path) -> int:
    """Fill an empty `store` from the backup in `directory`; return its revision.

    Raises InvalidFile where there is no whole backup, UsageError where the store is not empty; then
    nothing has changed.
    """
    manifest = _manifest(directory)
    try:
        graph = graph_from(_text(directory, _GRAPH, manifest), str(directory / _GRAPH))
        events = [_event(line) for line in _text(directory, _JOURNAL, manifest).split("\n") if line]
        span = JournalSpan(
            revision=int(manifest["revision"]),
            kept_since=int(manifest["kept_since"]),
            forgotten_at=float(manifest["forgotten_at"]),
            incarnation="",
        )
        scannables = [
            _with_lease(one, manifest["scannables"][one.scannable_id]) for one in graph.scannables
        ]
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, InvalidFile):
            raise
        raise InvalidFile(
            f"{str(directory)!r} is no whole backup ({type(error).__name__}: {error}); use another"
        ) from None
    refuse_full(store)
    store.restore(
        graph.resources.values(),
        classes=graph.classes,
        scannables=scannables,
        events=[one for one in events if one.revision >= span.kept_since],
        span=span,
    )
    return span.revision


def _with_lease(one: Scannable, said: list[Any]) -> Scannable:
    version, epoch, status = said
    return replace(one, version=version, epoch=epoch, status=status)


def _event(line: str) -> Event:
    return Event(**json.loads(line))


def _written(path: Path, lines: Iterable[str]) -> str:
    """Write lines as a compressed file and return its digest."""
    with open(path, "xb", opener=_private) as file:
        with gzip.GzipFile(fileobj=file, mode="wb", mtime=0, filename="") as packed:
            for line in lines:
                packed.write(line.encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(path: Path, content: bytes) -> None:
    with open(path, "xb", opener=_private) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)  # settings of scannables are in it


def _manifest(directory: Path) -> Mapping[str, Any]:
    path = directory / _MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidFile(
            f"{str(directory)!r} is no whole backup (its {_MANIFEST}: "
            f"{getattr(error, 'strerror', error)}); name a directory "
            "that `topology backup` filled to its end"
        ) from None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise InvalidFile(
            f"{str(path)!r} does not say format {FORMAT!r}; name a backup's directory"
        )
    return manifest


def _text(directory: Path, name: str, manifest: Mapping[str, Any]) -> str:
    """Return what a file of the backup says. Raises InvalidFile where it is damaged."""
    path = directory / name
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InvalidFile(
            f"cannot read {str(path)!r} ({error.strerror}); use another backup"
        ) from None
    if hashlib.sha256(content).hexdigest() != manifest["sha256"][name]:
        raise InvalidFile(f"{str(path)!r} is damaged, its digest differs; use another backup")
    return gzip.decompress(content).decode()
