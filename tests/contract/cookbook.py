"""The operators' cookbook as tests read it: every query on its pages, with values for a try."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

PAGES = Path(__file__).parents[2] / "docs" / "cookbook"
_BLOCK = re.compile(
    r"^## (?P<title>[^\n]+)\n\n```cypher\n(?P<text>.+?)^```$", re.MULTILINE | re.DOTALL
)
_VALUE = re.compile(r"^// \$(\w+) = (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Recipe:
    """One query of the cookbook."""

    title: str
    text: str
    parameters: Mapping[str, object]


def recipes() -> Iterator[Recipe]:
    """Yield every query, page by page."""
    for page in sorted(PAGES.glob("*.md")):
        text = page.read_text(encoding="utf-8")
        found = list(_BLOCK.finditer(text))
        assert text.count("```cypher") == len(found), f"{page.name}: a query needs a heading"
        for one in found:
            values = {name: json.loads(value) for name, value in _VALUE.findall(one["text"])}
            yield Recipe(f"{page.stem}: {one['title']}", one["text"], values)
