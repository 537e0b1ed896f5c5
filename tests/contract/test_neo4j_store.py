"""The store on Neo4j."""

from __future__ import annotations

import pytest
from contract.store_contract import StoreContract
from store_engines import Writer, emptied

from topology.store.graph_store import GraphStore


@pytest.mark.neo4j
class TestNeo4jStore(StoreContract):
    @pytest.fixture
    def store(self, neo4j_store: GraphStore) -> GraphStore:
        return emptied(neo4j_store)

    @pytest.fixture
    def writer(self, store: GraphStore) -> Writer:
        return Writer(store)
