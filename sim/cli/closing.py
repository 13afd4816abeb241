"""What ``run`` and ``compare`` say at their end: which lanes went wrong, and where the files are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from sim.runs.store import Run


def print_failures(screen: Console, run: Run) -> None:
    """Say which lanes of a run went wrong, where the first one did, and how to replay it."""
    if not run.failed:
        return
    first = run.failures().reset_index().iloc[0]
    screen.print(
        f"{run.failed:,} of {run.manifest['lanes']:,} lanes of {run.name} went wrong and are excluded"
        f" ({run.folder / 'failures.csv'}). The first is lane {first['lane']}: {first['variable']} of {first['state']} is"
        f" {first['value']} in {first['month']} (rule {first['rule']}).",
        style="bold",
        soft_wrap=True,
    )
    screen.print(
        f"Replay it: {first['command']} --state {first['state']} --to {first['month']}", soft_wrap=True
    )


def print_places(screen: Console, folder: Path, table: str) -> None:
    """Say where the table and, if drawn, the figures of a stored folder are."""
    screen.print(f"table    {folder / table}", soft_wrap=True)
    if (folder / "figures").is_dir():
        screen.print(f"figures  {folder / 'figures'}", soft_wrap=True)
