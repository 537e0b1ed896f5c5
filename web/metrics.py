"""What a monitoring system collects: how the site is and is heard of, and how requests fare.

What is known of the site is the same in every worker, so whichever answers tells it. Requests are
counted by all workers together, in files that `gunicorn_conf` gives them.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator

from flask import Blueprint, Flask, Response, g, request
from prometheus_client import REGISTRY, CollectorRegistry, Histogram
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from topology.report import kind_of
from topology.state import STATE_WORDS
from web.site import Site, site

FILES = "PROMETHEUS_MULTIPROC_DIR"
"""The setting that names the folder of the workers' files, as the client library calls it."""
metrics = Blueprint("metrics", __name__)
_REQUESTS = Histogram(
    "topology_http_request_seconds",
    "Time from a request to its answer, without what is streamed after that.",
    ["endpoint", "method", "status"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
)


@metrics.get("/metrics")
def collected() -> Response:
    """Answer in the text form of Prometheus, or as OpenMetrics where that is asked for."""
    registry = CollectorRegistry()
    if FILES in os.environ:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(REGISTRY)
    registry.register(_OfSite(site()))
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return Response(encode(registry), content_type=content_type)


def time_requests(app: Flask) -> None:
    """Let `app` count its answers and how long they take, by endpoint, method and status."""

    def begin() -> None:
        g.request_begun = time.perf_counter()

    def finish(response: Response) -> Response:
        if begun := g.get("request_begun"):
            took = time.perf_counter() - begun
            endpoint = request.endpoint or "none"
            _REQUESTS.labels(endpoint, request.method, response.status_code).observe(took)
        return response

    app.before_request(begin)
    app.after_request(finish)


class _OfSite(Collector):
    """One snapshot as metrics. O(resources)."""

    def __init__(self, now: Site) -> None:
        self._now = now

    def collect(self) -> Iterator[Metric]:
        now = self._now
        yield GaugeMetricFamily(
            "topology_up", "1 while the site is followed, 0 while it may be old.",
            value=now.view is not None and now.problem is None,
        )  # fmt: skip
        if now.view is None:
            return
        yield GaugeMetricFamily(
            "topology_revision", "Of the graph that is answered from.", value=now.view.revision
        )
        yield from self._states()
        yield from self._sources()

    def _states(self) -> Iterator[Metric]:
        view = self._now.known
        of_classes = GaugeMetricFamily(
            "topology_resources", "Resources by class and state.", labels=["class", "health"]
        )
        counts = Counter(
            (kind_of(one), view.state(uid).word) for uid, one in view.resources.items()
        )
        for key, count in sorted(counts.items()):
            of_classes.add_metric(key, count)
        yield of_classes
        of_filesystems = GaugeMetricFamily(
            "topology_filesystem", "1 for the state that a filesystem is in, 0 for the others.",
            labels=["filesystem", "uid", "health"],
        )  # fmt: skip
        for uid in view.filesystems:
            word = view.state(uid).word
            for each in STATE_WORDS:
                of_filesystems.add_metric([view.name(uid), uid, each], each == word)
        yield of_filesystems

    def _sources(self) -> Iterator[Metric]:
        resources, labels = self._now.known.resources, ["source", "uid", "plugin"]
        age = GaugeMetricFamily(
            "topology_source_age_seconds", "Since a scan last succeeded; none where none ever did.",
            labels=labels,
        )  # fmt: skip
        took = GaugeMetricFamily(
            "topology_source_scan_seconds", "What its last scan took.", labels=labels
        )
        for one in self._now.scannables:
            root = resources.get(one.scannable_id)
            key = [root.name if root else one.scannable_id, one.scannable_id, one.plugin]
            if one.heard_at:
                age.add_metric(key, max(0.0, self._now.now - one.heard_at))
            seconds = one.status.get("scan_seconds")
            if isinstance(seconds, int | float):
                took.add_metric(key, seconds)
        yield age
        yield took
