"""The store on the embedded engine, and the owner process behind it."""

from __future__ import annotations

import pytest
from contract.store_contract import StoreContract
from store_engines import Writer, emptied

from topology.store.graph_store import GraphStore


class TestEmbeddedStore(StoreContract):
    @pytest.fixture
    def store(self, embedded_store: GraphStore) -> GraphStore:
        return emptied(embedded_store)

    @pytest.fixture
    def writer(self, store: GraphStore) -> Writer:
        return Writer(store)
