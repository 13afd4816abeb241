"""The pages keep their word: tables as in the code, examples that run and print what is shown, links that lead somewhere."""

import ast
import re
from pathlib import Path

import pytest

from docs.examples import Shown, blocks, play
from docs.tables import MARKED, PAGES, TABLES, renewed
from sim.model import rules
from sim.model.channels import CHANNELS
from tests.places import ROOT

ALL = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)


@ALL
def test_tables_are_in_step_with_the_code(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text.count("<!-- table: ") == len(MARKED.findall(text)), "a marker is broken"
    assert renewed(text) == text, "run python -m docs.tables"


def test_every_table_is_on_a_page() -> None:
    shown = {found["name"] for page in PAGES for found in MARKED.finditer(page.read_text(encoding="utf-8"))}
    assert shown == set(TABLES)


def test_a_stale_table_is_noticed() -> None:
    assert renewed("<!-- table: levers -->\nold\n<!-- end -->") != "<!-- table: levers -->\nold\n<!-- end -->"


@ALL
def test_examples_print_what_the_page_shows(page: Path, tmp_path: Path) -> None:
    for shown in play(page, tmp_path):
        assert shown.agrees, f"{shown.what} prints\n{shown.printed}\nrun python -m docs.examples"


@pytest.mark.parametrize(
    ("page", "printed", "agrees"),
    [
        ("a 1.0 s\n", "a 2.5 s\n", True),
        ("run outputs/x-01234567\n", "run outputs/x-89abcdef\n", True),
        ("first\n...\nlast\n", "first\nmiddle\nlast\n", True),
        ("first\n...\nlast\n", "first\nmiddle\nend\n", False),
        ("1.5\n", "1x5\n", False),
        ("one\n", "one\ntwo\n", False),
    ],
)
def test_what_counts_as_agreement(page: str, printed: str, agrees: bool) -> None:
    assert Shown("", page, printed, 0).agrees is agrees


def test_renewing_keeps_what_is_left_out() -> None:
    assert Shown("", "a\n...\nc\n", "A\nB\nB\nC\n", 0).renewed() == "A\n...\nC\n"


@ALL
def test_blocks_are_of_a_kind_that_is_run(page: Path) -> None:
    """``sh`` is for setting up, ``text`` for equations and output; everything else runs, ``py`` in a test of its own."""
    text = page.read_text(encoding="utf-8")
    assert text.count("```") == 2 * len(blocks(text)), "a block without a kind, or not closed"
    assert {block.kind for block in blocks(text)} <= {"bash", "console", "python", "py", "yaml", "text", "sh"}


@ALL
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
        if not target.startswith("https://"):
            assert (page.parent / target).exists(), target


@ALL
def test_make_targets_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z-]+)`", page.read_text(encoding="utf-8"))) <= targets


def test_every_rule_and_channel_is_described() -> None:
    text = (ROOT / "docs" / "model.md").read_text(encoding="utf-8")
    tree = ast.parse(Path(rules.__file__).read_text(encoding="utf-8"))
    named = {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.decorator_list}
    missing = {name for name in named | set(CHANNELS) if f"`{name}`" not in text}
    assert not missing
