"""How failures travel: from own states and links to every published state, with its reasons."""

from topology.impact.because import path
from topology.impact.judge import Design, design_of, judge, services_ended_by
from topology.impact.layout import Because, InputGroup, Judgement, Layout, Part, SinglePoints
from topology.impact.order import Order, order_of

__all__ = [
    "Because",
    "Design",
    "InputGroup",
    "Judgement",
    "Layout",
    "Order",
    "Part",
    "SinglePoints",
    "design_of",
    "judge",
    "order_of",
    "path",
    "services_ended_by",
]
