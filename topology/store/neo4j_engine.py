"""Neo4j 5.26 or later, a single server or a cluster."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from neo4j import READ_ACCESS, Auth, Driver, GraphDatabase, Session, Transaction, basic_auth
from neo4j.exceptions import ClientError, Neo4jError

from topology.errors import QueryRefused, TopologyError, UsageError
from topology.settings import Settings
from topology.store.bootstrap import INDEXED, SEED, UNIQUE
from topology.store.engine import Engine, open_driver
from topology.store.queries import refusal_of

_REFUSED_OPERATORS = ("LoadCSV", "ProcedureCall", "AdministrationCommand", "Terminate", "Show")
"""Steps of a plan, by how their names begin, that a READ transaction does not refuse."""
_SCHEMES = tuple(f"{kind}{checked}" for kind in ("bolt", "neo4j") for checked in ("", "+s", "+ssc"))
_OPEN_SECONDS = 5.0  # who starts a command waits no longer for a server that is not there
_HARMLESS_PROCEDURES = ("db.labels(", "db.relationshipTypes(", "db.propertyKeys(")
_ALREADY_THERE = "Neo.ClientError.Schema.EquivalentSchemaRuleAlreadyExists"


class Neo4jEngine(Engine):
    """A server that somebody else runs."""

    def __init__(self, settings: Settings) -> None:
        self.address = _checked_address(settings.store or "")
        self._prepared: set[str] = set()
        self._driver = open_driver(
            self.address,
            _auth_of(settings),
            connections=settings.store_connections,
            connect_seconds=settings.store_connect_seconds,
        )
        # In a cluster what is read next must not be older than what was written last.
        is_cluster = self.address.startswith("neo4j")
        self._bookmarks = GraphDatabase.bookmark_manager() if is_cluster else None
        try:
            self.execute("RETURN 1", seconds=_OPEN_SECONDS)
            self._set_schema()
        except TopologyError:
            self.close()
            raise

    @property
    def driver(self) -> Driver:
        """The pool of the user whom the settings name."""
        return self._driver

    def session(self) -> Session:
        """Return a session that a cluster routes to its leader."""
        return self._driver.session(bookmark_manager=self._bookmarks)

    def operator_session(self) -> Session:
        """Return a session in READ mode, in which the server refuses to write."""
        return self._driver.session(
            default_access_mode=READ_ACCESS, bookmark_manager=self._bookmarks
        )

    def admit(self, query: str) -> None:
        """Judge the query by the plan the database itself makes of it, without running it."""
        try:
            with self.operator_session() as session:
                # On a line of its own, as the mark of a query that runs.
                plan = session.run(f"EXPLAIN\n{query}").consume().plan
        except Neo4jError as error:
            raise refusal_of(error, query, self.place_in) from error
        for operator, details in _operators(plan or {}):
            if operator.startswith(_REFUSED_OPERATORS) and not details.startswith(
                _HARMLESS_PROCEDURES
            ):
                raise QueryRefused(
                    f"the query was refused: it uses {operator}, and operators' queries read the "
                    "graph and nothing else; leave LOAD CSV, procedures and administration out"
                )

    def place_in(self, _query: str, line: int, column: int) -> tuple[int, int]:
        """Leave out the line before it."""
        return line - 1, column

    def prepare(self, label_sets: Collection[tuple[str, ...]]) -> None:
        """Make every class's uid unique: without it Neo4j took 151 s for what takes 0.1 s."""
        for label in {name for labels in label_sets for name in labels} - self._prepared:
            self._define(_unique(f"`{label}`", "uid"))
            self._prepared.add(label)

    def missing_definitions(self) -> list[str]:
        """Compare what the server has with what is defined here."""
        constraints = self.execute(
            "SHOW CONSTRAINTS YIELD labelsOrTypes, properties, type "
            "WHERE type = 'UNIQUENESS' RETURN labelsOrTypes[0] AS label, properties[0] AS name"
        )
        indexes = self.execute(
            "SHOW INDEXES YIELD labelsOrTypes, properties, state WHERE state = 'ONLINE' "
            "AND size(labelsOrTypes) = 1 RETURN labelsOrTypes[0] AS label, properties[0] AS name"
        )
        unique = {(one["label"], one["name"]) for one in constraints}
        indexed = {(one["label"], one["name"]) for one in indexes}
        classes = self.execute("MATCH (c:ResourceClass) RETURN c.name AS name")
        wanted = {*UNIQUE.items(), *((one["name"], "uid") for one in classes)}
        looked_up = {(label, name) for label, names in INDEXED.items() for name in names}
        return [
            *(f"the uniqueness of {label}.{name}" for label, name in sorted(wanted - unique)),
            *(f"the index on {label}.{name}" for label, name in sorted(looked_up - indexed)),
        ]

    def recover(self) -> None:
        """Do nothing: the driver connects again by itself."""

    def close(self) -> None:
        """Close the connections."""
        self._driver.close()

    def _set_schema(self) -> None:
        for label, name in UNIQUE.items():
            self._define(_unique(label, name))
        for label, names in INDEXED.items():
            for name in names:
                self._define(f"CREATE INDEX IF NOT EXISTS FOR (n:{label}) ON (n.{name})")
        for statement in SEED:
            self.execute(statement)

    def _define(self, statement: str) -> None:
        def define(transaction: Transaction) -> None:
            try:
                transaction.run(statement).consume()
            except ClientError as error:
                # IF NOT EXISTS does not cover two processes that start at once.
                if error.code != _ALREADY_THERE:
                    raise

        self.run(define)


def _checked_address(address: str) -> str:
    parts = urlsplit(address)
    with suppress(ValueError):  # of a port that is no number
        if parts.scheme in _SCHEMES and parts.hostname and parts.port != 0:
            return address
    raise UsageError(
        f"TOPOLOGY_STORE is {address!r}, which is no address of a store; write bolt://host:7687, "
        "neo4j://host:7687 or a directory"
    )


def _unique(label: str, name: str) -> str:
    return f"CREATE CONSTRAINT IF NOT EXISTS FOR (n:{label}) REQUIRE n.{name} IS UNIQUE"


def _operators(plan: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the name and the details of every step of a plan."""
    if plan:
        details = plan.get("args", {}).get("Details", "")
        yield plan["operatorType"].partition("@")[0], str(details)
    for child in plan.get("children", ()):
        yield from _operators(child)


def _auth_of(settings: Settings) -> Auth | None:
    path = settings.store_password_file
    if path is None:
        return None
    try:
        password = path.read_text(encoding="utf-8").partition("\n")[0].rstrip("\r")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"cannot read the password file {str(path)!r} ({error}); check "
            "TOPOLOGY_STORE_PASSWORD_FILE"
        ) from None
    return basic_auth(settings.store_user, password)
