"""The ``wedge`` command: one module a command; whatever is heavy loads when a command runs."""

from __future__ import annotations

import gc
import sys
from typing import Annotated

import typer

import sim
from sim.cli.boundary import Boundary
from sim.cli.calibrate import calibrate
from sim.cli.check import check
from sim.cli.compare import compare
from sim.cli.evidence import evidence
from sim.cli.figures import figures
from sim.cli.new import new
from sim.cli.replay import replay
from sim.cli.run import run
from sim.cli.scenarios import scenarios
from sim.cli.score import score
from sim.cli.stopping import INTERRUPTED, listen
from sim.cli.streams import prepare

HELP = """When a great power punishes, coerces or courts its neighbours, whom does it win, and for whom?

Wedge simulates states between two powers, month by month, from a documented record of what was done to them.

\b
Ask what if. Simulate a scenario a thousand times, then beside its baseline:
  wedge scenarios
  wedge run history
  wedge compare history thaad-without-punishment

\b
Read the argument. Follow one simulated history, and the record behind it:
  wedge replay history --lane 7 --state KOR --from 2016-01 --to 2018-01
  wedge evidence --state AUS --kind punishment --from 2017

\b
Write your own. Start from an example, check it, run it:
  wedge new my-scenario
  wedge check my-scenario.yaml
  wedge run my-scenario.yaml --lanes 200 --set until=2030-12

\b
Hold the model against the record. Fit it, and see what it teaches:
  wedge calibrate --quick
  wedge score

A lane is one simulated history. Every command takes --json. Exit codes: 0 done, 3 done but some lanes went wrong and
are excluded, 2 bad usage or input, 1 anything else, 130 interrupted.
"""

NEW_OBJECTS = 100_000
"""New objects after which garbage is looked for: loading makes many, and next to none of them is garbage."""

app = typer.Typer(
    cls=Boundary,
    help=HELP,
    no_args_is_help=True,
    rich_markup_mode=None,  # rich would double the time that --help takes
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
)
for command in (run, compare, replay, figures, evidence, scenarios, calibrate, score, check, new):
    app.command()(command)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"wedge {sim.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line; the process exits with the command's code."""
    gc.set_threshold(NEW_OBJECTS)
    prepare()
    listen()
    try:
        app(prog_name="wedge")
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    finally:
        gc.freeze()  # what is loaded goes with the process: no search for garbage in it at the end
