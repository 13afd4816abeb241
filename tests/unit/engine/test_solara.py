"""The page that docs/mesa.md shows for the browser: its code builds and draws."""

import re
from typing import Any

import pytest

from tests.places import ROOT

PAGE = (ROOT / "docs" / "mesa.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def names() -> dict[str, Any]:
    """What the example defines."""
    pytest.importorskip("solara", reason="make test-mesa installs it", exc_type=ImportError)
    [code] = re.findall(r"^```py\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    found: dict[str, Any] = {}
    exec(compile(code, "app.py", "exec"), found)
    return found


@pytest.mark.filterwarnings("ignore")
def test_the_example_draws_the_coalition(names: dict[str, Any]) -> None:
    import ipywidgets
    import solara

    _, context = solara.render(names["page"], handle_error=False)
    try:
        drawn = [
            widget for widget in ipywidgets.Widget.widgets.values() if isinstance(widget, ipywidgets.Image)
        ]
        assert any(bytes(image.value).startswith(b"\x89PNG") for image in drawn)
    finally:
        context.close()


def test_the_page_names_the_versions_that_are_tested() -> None:
    [pins] = re.findall(r"^VIZ := (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert f"pip install {pins}\n" in PAGE
