"""Layouts that a file describes, planned or real, judged without a store.

``document`` reads JSON and YAML strictly, ``form`` says what a layout may consist of, ``planned``
makes a layout of it and an answer of its judgement.
"""

from topology.evaluate.planned import (
    MARGINS_AT_MOST,
    answer_of,
    checked_design_of,
    judged_states,
    layout_of,
    read_layout,
    with_failed,
)

__all__ = [
    "MARGINS_AT_MOST",
    "answer_of",
    "checked_design_of",
    "judged_states",
    "layout_of",
    "read_layout",
    "with_failed",
]
