"""``python -m docs.findings`` writes ``findings.md`` and its pictures; ``--check`` only says whether the page is in step."""

from __future__ import annotations

import sys

from docs.findings.page import page
from docs.findings.pictures import draw
from docs.findings.source import load
from docs.tables import FOLDER

PAGE = FOLDER / "findings.md"


def main(check: bool) -> int:
    """Write the page and its pictures, or only say whether the page is out of step; 1 if it is."""
    evidence = load()
    text = page(evidence)
    if check:
        stale = not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text
        print(f"{PAGE.name}: {'out of step; run python -m docs.findings' if stale else 'in step'}")
        return int(stale)
    PAGE.write_text(text, encoding="utf-8")
    draw(evidence.draws, evidence.posterior.about, FOLDER / "pictures")
    return 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
