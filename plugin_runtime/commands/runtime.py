"""`topology runtime`: the plugin host of one machine."""

from __future__ import annotations

import signal
import threading
from typing import Annotated

import structlog
import typer

from plugin_runtime.hosting.host import Host
from plugin_runtime.loading.discovery import plugin_references
from topology.errors import DeviceUnreachable, StoreUnavailable
from topology.logs import configure_logs
from topology.settings import load_settings
from topology.site_key import SiteKey
from topology.statistics import StatisticsStore
from topology.store import open_when_up
from topology.store.holder import Holder, holder_name

log = structlog.get_logger(__name__)


def runtime(
    *,
    once: Annotated[
        bool,
        typer.Option(
            "--once", help="Scan every scannable once, then end: with 69 where one cannot be."
        ),
    ] = False,
) -> None:
    """Run the plugins of this machine: scan what was added and report it to the store."""
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    configure_logs()
    settings = load_settings()
    references = plugin_references(settings.plugin_dir)
    store = open_when_up(settings, stopping, tell=_warn)
    if store is None:
        return
    with store, Holder(store, holder_name()) as holder:
        host = Host(
            store,
            references,
            holder=holder,
            site_key=SiteKey.of(settings),
            statistics=StatisticsStore.of(settings),
        )
        log.info("started", plugins=sorted(references), scannables=len(store.scannables()))
        host.run(stopping, once=once)
    if once and host.failing:
        raise DeviceUnreachable(
            "\n".join(
                [
                    f"{len(host.failing)} of the scannables could not be scanned:",
                    *(f"  {name}: {error}" for name, error in sorted(host.failing.items())),
                ]
            )
        )


def _warn(error: StoreUnavailable) -> None:
    log.warning("store unavailable", problem=str(error))
