"""One server of each engine for all tests that need one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from neo4j_server import neo4j_server

from topology.settings import Settings
from topology.store import open_store
from topology.store.graph_store import GraphStore

pytest.register_assert_rewrite("contract.store_contract", "store_engines")


@pytest.fixture(scope="session")
def embedded_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GraphStore]:
    with open_store(Settings(data_dir=tmp_path_factory.mktemp("embedded"))) as store:
        yield store


@pytest.fixture(scope="session")
def neo4j_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    directory = tmp_path_factory.mktemp("neo4j")
    with neo4j_server(directory) as server:
        yield server.settings(directory)


@pytest.fixture(scope="session")
def neo4j_store(neo4j_settings: Settings) -> Iterator[GraphStore]:
    with open_store(neo4j_settings) as store:
        yield store
