"""The impact of a failed disk over HTTP, asked by many at once, beside a bare Flask route."""

from __future__ import annotations

import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection

from bench.measuring import Row, shown

CLIENTS = 16
_PERIOD_SECONDS = 0.1
_ASKED = 100
"""By each client."""
_BARE = "from flask import Flask; app = Flask('bare'); app.get('/')(lambda: 'ok')"


def impact_row(port: int, uids: Sequence[str], bare_port: int) -> Row:
    """Measure both, one after the other; `uids` are of failed disks, one for each client.

    Each is asked for before: the first answers of a worker's life sort what later ones find sorted.
    """
    paths = [f"/api/v1/resources/{uid}/impact" for uid in uids]
    _asked(port, paths, times=5)
    ours = _asked(port, paths)
    bare = _asked(bare_port, ["/"] * CLIENTS)
    what = f"impact of a failed disk over HTTP, {CLIENTS} clients, each 10 times a second"
    return what, _said(ours), f"{_said(bare)}  bare Flask", "p50 <= 5 ms, p99 <= 25 ms"


@contextmanager
def bare_flask(port: int) -> Iterator[None]:
    """Serve a route that does nothing, as `topology serve` serves with one worker."""
    serve = (
        f"{_BARE}\nimport sys\nfrom gunicorn.app.wsgiapp import run\n"
        f"sys.argv = ['gunicorn', '-k', 'gthread', '--threads', '16', "
        f"'-b', '127.0.0.1:{port}', '--log-level', 'error', 'bare:app']\n"
        "sys.modules['bare'] = sys.modules['__main__']\nrun()"
    )
    process = subprocess.Popen([sys.executable, "-c", serve], stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def _asked(port: int, paths: Sequence[str], *, times: int = _ASKED) -> list[float]:
    """Return how long each answer took from when its question was due, in seconds, ascending.

    A client that falls behind does not ask less for it.
    """
    taken: list[float] = []
    begun = time.perf_counter() + 1.0

    def ask(number: int, path: str) -> None:
        connection = HTTPConnection("127.0.0.1", port, timeout=30)
        for turn in range(times):
            due = begun + (turn + number / len(paths)) * _PERIOD_SECONDS
            time.sleep(max(0.0, due - time.perf_counter()))
            connection.request("GET", path)
            response = connection.getresponse()
            response.read()
            if response.status != 200:
                raise RuntimeError(f"{path} answered {response.status}")
            taken.append(time.perf_counter() - due)
        connection.close()

    threads = [threading.Thread(target=ask, args=one) for one in enumerate(paths)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(taken) < len(paths) * times:
        raise RuntimeError("some client was not answered")
    return sorted(taken)


def _said(taken: Sequence[float]) -> str:
    return f"p50 {shown(statistics.median(taken))}, p99 {shown(taken[int(len(taken) * 0.99)])}"
