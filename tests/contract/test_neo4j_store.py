"""The store on Neo4j, and what only a server of one's own can go wrong with."""

from __future__ import annotations

import socket
from contextlib import closing
from pathlib import Path

import pytest
from contract.store_contract import StoreContract
from store_engines import Writer, emptied

from topology.errors import QueryRefused, StoreUnavailable, UsageError
from topology.settings import Settings
from topology.store import open_store
from topology.store.graph_store import GraphStore


@pytest.mark.neo4j
class TestNeo4jStore(StoreContract):
    @pytest.fixture
    def store(self, neo4j_store: GraphStore) -> GraphStore:
        return emptied(neo4j_store)

    @pytest.fixture
    def writer(self, store: GraphStore) -> Writer:
        return Writer(store)

    @pytest.mark.parametrize(
        "query",
        [
            "TERMINATE TRANSACTIONS 'neo4j-transaction-1'",
            "SHOW TRANSACTIONS",
            "SHOW SETTINGS",
            "EXPLAIN SHOW USERS",
            "PROFILE LOAD CSV FROM 'http://127.0.0.1:9/x' AS row RETURN row",
        ],
    )
    def test_operators_do_not_administer_the_server(self, store: GraphStore, query: str) -> None:
        """READ mode refuses none of these by itself."""
        with pytest.raises(QueryRefused):
            store.query(query)

    def test_operators_may_ask_which_classes_there_are(
        self, store: GraphStore, writer: Writer
    ) -> None:
        """Procedures that only name labels, link kinds and properties are harmless."""
        found = store.query("CALL db.labels() YIELD label RETURN label ORDER BY label")

        assert ("Meta",) in found.rows

    def test_a_wrong_password_is_told_with_the_setting_to_check(
        self, neo4j_store: GraphStore, tmp_path: Path
    ) -> None:
        """An administrator reads which setting to mend."""
        password_file = tmp_path / "password"
        password_file.write_text("wrong\n")
        wrong = Settings(store=neo4j_store.address, store_password_file=password_file)

        with pytest.raises(StoreUnavailable, match="check TOPOLOGY_STORE_USER"):
            open_store(wrong)


def test_a_server_that_is_not_there_is_told_with_its_address() -> None:
    """Nobody listens on a port that was just given back."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        address = f"bolt://127.0.0.1:{free.getsockname()[1]}"

    with pytest.raises(StoreUnavailable, match=f"cannot reach the store at {address} .*refused"):
        open_store(Settings(store=address))


def test_a_server_that_says_nothing_does_not_hang_its_caller() -> None:
    """The driver would wait for ever for this one, which accepts and falls silent."""
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        address = f"bolt://127.0.0.1:{silent.getsockname()[1]}"

        with pytest.raises(StoreUnavailable, match=address):
            open_store(Settings(store=address))


@pytest.mark.parametrize("address", ["http://db:7474", "bolt://db:notaport", "bolt://"])
def test_an_address_that_is_none_is_told_with_the_forms_there_are(address: str) -> None:
    """A typing error is not an unreachable server."""
    with pytest.raises(UsageError, match="write bolt://host:7687"):
        open_store(Settings(store=address))


def test_a_password_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    """Before anything is contacted."""
    settings = Settings(store="bolt://127.0.0.1:1", store_password_file=tmp_path / "none")

    with pytest.raises(UsageError, match=r"cannot read the password file .*none"):
        open_store(settings)
