"""How failures travel: from own states and links to every published state, with its reasons."""

from topology.impact.because import path
from topology.impact.cut_sets import CutSets, Pick
from topology.impact.judge import (
    Assessment,
    Design,
    assessment_of,
    design_of,
    judge,
    services_ended_by,
)
from topology.impact.layout import Because, InputGroup, Judgement, Layout, Part, SinglePoints
from topology.impact.margin import Margin, Margins
from topology.impact.order import Order, order_of

__all__ = [
    "Assessment",
    "Because",
    "CutSets",
    "Design",
    "InputGroup",
    "Judgement",
    "Layout",
    "Margin",
    "Margins",
    "Order",
    "Part",
    "Pick",
    "SinglePoints",
    "assessment_of",
    "design_of",
    "judge",
    "order_of",
    "path",
    "services_ended_by",
]
