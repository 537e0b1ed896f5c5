"""What pyright knows of attributes is what mypy knows."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

_FILE = Path(__file__).parent / "attribute_types.py"


def test_reading_an_attribute_gives_pyright_the_declared_type(tmp_path: Path) -> None:
    """Its wrong lines, and no others, are the ones marked as wrong."""
    lines = _FILE.read_text(encoding="utf-8").splitlines()
    wrong = {number for number, line in enumerate(lines) if "# type: ignore" in line}
    config = tmp_path / "pyrightconfig.json"
    root = str(_FILE.parents[2])
    config.write_text(
        json.dumps(
            {
                "include": [str(_FILE)],
                "extraPaths": [root],
                "typeCheckingMode": "strict",
                "enableTypeIgnoreComments": False,
                "venvPath": str(Path(sys.prefix).parent),
                "venv": Path(sys.prefix).name,
            }
        ),
        encoding="utf-8",
    )

    said = subprocess.run(
        [sys.executable, "-m", "basedpyright", "--outputjson", "--project", str(config)],
        capture_output=True,
        text=True,
        check=False,
    )

    found = json.loads(said.stdout)["generalDiagnostics"]
    assert wrong == {one["range"]["start"]["line"] for one in found if one["severity"] == "error"}
