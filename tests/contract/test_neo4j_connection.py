"""How a Neo4j server is reached: routed, encrypted, with limits."""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections.abc import Iterator
from pathlib import Path

import neo4j_server
import pytest
from contract.resources import resource
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from store_engines import Writer, emptied

from topology.errors import StoreUnavailable
from topology.settings import Settings
from topology.store import open_store
from topology.store.graph_store import GraphStore


@pytest.mark.neo4j
def test_a_cluster_address_is_routed_and_reads_what_was_written(
    neo4j_store: GraphStore, neo4j_settings: Settings
) -> None:
    """A single server answers for a cluster of one; operators read what was just committed."""
    emptied(neo4j_store)
    address = str(neo4j_settings.store).replace("bolt://", "neo4j://")
    settings = neo4j_settings.model_copy(update={"store": address, "store_connections": 4})

    with open_store(settings) as routed:
        Writer(routed).put(resource("d"))

        assert (("d",),) == routed.query("MATCH (n:Resource) RETURN n.uid").rows


@pytest.fixture(scope="module")
def encrypted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A server that takes encrypted connections alone, with a certificate made just now."""
    if reason := neo4j_server.why_not():
        pytest.skip(reason)
    home = tmp_path_factory.mktemp("encrypted")
    port = neo4j_server.free_port()
    neo4j_server.configure(
        home,
        port,
        "server.bolt.tls_level=OPTIONAL",  # the password is set before encryption is tried
        "dbms.ssl.policy.bolt.enabled=true",
        f"dbms.ssl.policy.bolt.base_directory={home / 'certificates'}",
        "dbms.ssl.policy.bolt.private_key=private.key",
        "dbms.ssl.policy.bolt.public_certificate=public.crt",
    )
    make_certificate(home / "certificates")
    with neo4j_server.start(home) as process:
        try:
            yield neo4j_server.with_password(port).settings(home)
        finally:
            process.kill()


def make_certificate(directory: Path) -> None:
    """Write a key and a certificate that it has signed itself, for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    directory.mkdir()
    (directory / "private.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    (directory / "public.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


def over(settings: Settings, scheme: str) -> Settings:
    """Return settings that reach the same server another way."""
    address = str(settings.store).replace("bolt://", f"{scheme}://")
    return settings.model_copy(update={"store": address})


@pytest.mark.neo4j
@pytest.mark.parametrize("scheme", ["bolt+ssc", "neo4j+ssc"])
def test_any_certificate_will_do_where_that_is_asked_for(encrypted: Settings, scheme: str) -> None:
    """Encrypted, and nobody vouches for the server."""
    with open_store(over(encrypted, scheme)) as store:
        emptied(store)
        assert 1 == Writer(store).put(resource("d"))


@pytest.mark.neo4j
def test_a_certificate_that_nobody_vouches_for_is_refused(encrypted: Settings) -> None:
    """The message names the address and the reason."""
    with pytest.raises(StoreUnavailable, match=r"cannot reach the store at bolt\+s://127.0.0.1"):
        open_store(over(encrypted, "bolt+s"))


@pytest.mark.neo4j
@pytest.mark.parametrize("scheme", ["bolt+s", "neo4j+s"])
def test_a_certificate_of_the_sites_own_is_trusted_where_the_system_names_it(
    encrypted: Settings, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    """SSL_CERT_FILE, as OpenSSL reads it."""
    assert encrypted.store_password_file is not None
    certificate = encrypted.store_password_file.parent / "certificates" / "public.crt"
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    with open_store(over(encrypted, scheme)) as store:
        assert store.revision() >= 0
