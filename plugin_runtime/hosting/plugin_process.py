"""A plugin's own process as its host sees it: started, given orders, listened to, ended."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess

import structlog

from plugin_runtime.faults import described
from plugin_runtime.hosting.host_session import HostSession
from plugin_runtime.hosting.messages import Broken, Order, Report, Said
from plugin_runtime.hosting.runner import run_plugin

log = structlog.get_logger(__name__)


@dataclass
class PluginProcess:
    """One plugin's process and the host's end of the connection to it."""

    name: str
    """Of the plugin."""
    process: SpawnProcess
    connection: Connection[Order, Report]
    sessions: dict[str, HostSession] = field(default_factory=dict)
    """By scannable."""
    error: str = ""
    """Why it is of no more use, as far as it has said so or been found out."""

    @classmethod
    def started(cls, name: str, reference: str) -> PluginProcess:
        """Return the process of the plugin that `reference` names, just started."""
        ours, theirs = multiprocessing.Pipe()
        process = multiprocessing.get_context("spawn").Process(
            target=run_plugin, args=(reference, theirs), name=f"plugin {name}", daemon=True
        )
        process.start()
        theirs.close()
        return cls(name, process, ours)

    @property
    def is_running(self) -> bool:
        """It can be given orders and will be heard."""
        return self.process.is_alive() and not self.error

    @property
    def ending(self) -> str:
        """Why it runs no more, in words."""
        return self.error or f"the plugin's process ended (exit code {self.process.exitcode})"

    def order(self, order: Order) -> None:
        """Send an order; to a process that has ended it is lost, and the process is not."""
        try:
            self.connection.send(order)
        except ConnectionError:  # the next round starts it again
            log.info("plugin process is gone", order=type(order).__name__)

    def heard(self) -> Said | None:
        """Return what a session said; None where the process said or showed that it is at its end.

        Waits until there is something to hear.
        """
        try:
            report = self.connection.recv()
        except (EOFError, ConnectionError):
            self.process.join(timeout=1)
            self.error = self.ending
            return None
        except Exception as error:  # a plugin's own class of value, say; others must go on
            log.exception("a plugin's report cannot be read", plugin=self.name)
            self.error = f"what its process reported cannot be read ({described(error)})"
            self.process.kill()
            return None
        if isinstance(report, Broken):
            self.error = report.error
            return None
        return report


def end_all(plugins: Iterable[PluginProcess]) -> None:
    """End the processes side by side: each is told, waited for, and killed where it stays on."""
    for plugin in plugins:
        plugin.connection.close()
    for plugin in plugins:
        plugin.process.join(timeout=5)
        if plugin.process.is_alive():
            plugin.process.kill()
