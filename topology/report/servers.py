"""Which servers a Lustre target may run on, the preferred one first."""

from __future__ import annotations

from topology.live.view import View


def ranked_servers(view: View, uid: str) -> tuple[str, ...]:
    """Return the servers of a target, the one of the greatest PathWeight first, then by name.

    Servers that nobody weighs come last. Empty where no PathWeight names the target: then nothing
    ranks its servers. Cost: the site's path weights.
    """
    weights: dict[str, float] = {}
    for weighing in view.of_class.get("PathWeight", ()):
        resource = view.resources[weighing]
        said = resource.merged.attributes
        server, weight = str(said.get("server")), said.get("weight")
        is_known = resource.missing_since is None and server in view.resources
        if said.get("target") == uid and is_known and isinstance(weight, int | float):
            weights[server] = max(weight, weights.get(server, weight))
    if not weights:
        return ()
    others = {
        one.source
        for one in view.resources[uid].inputs
        if one.source in view.resources and "Host" in view.resources[one.source].merged.classes
    }
    by_name = view.sorted_by_name(others.union(weights))
    return tuple(sorted(by_name, key=lambda one: -weights.get(one, float("-inf"))))
