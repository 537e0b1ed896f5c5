"""Answers in sentences: incidents rooted at causes, and what each means for a filesystem.

The same text stands on the pages, in the API and on the command line.
"""

from topology.report.incidents import (
    Incident,
    incident_at,
    incidents_of,
    loose_troubles,
    new_points_of,
    sharing_with,
    site_sentence,
    weak_parts,
)
from topology.report.margins import margin_sentence
from topology.report.names import kind_of, listing, plural_of
from topology.report.rules import rule_words
from topology.report.sentences import (
    own_words,
    service_sentence,
    single_points_sentence,
    sole_causes_sentence,
    state_words,
    trouble_words,
    weak_words,
    worst,
)
from topology.report.servers import ranked_servers

__all__ = [
    "Incident",
    "incident_at",
    "incidents_of",
    "kind_of",
    "listing",
    "loose_troubles",
    "margin_sentence",
    "new_points_of",
    "own_words",
    "plural_of",
    "ranked_servers",
    "rule_words",
    "service_sentence",
    "sharing_with",
    "single_points_sentence",
    "site_sentence",
    "sole_causes_sentence",
    "state_words",
    "trouble_words",
    "weak_parts",
    "weak_words",
    "worst",
]
