"""The tables of the pages, made from the code that they describe.

``python -m docs.tables`` writes each table between its markers, ``<!-- table: NAME -->`` and ``<!-- end -->``;
``--check`` writes nothing and fails if one is out of step.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
from pydantic import BaseModel

from benchmarks import rows as benchmarks
from calibration.hypotheses.priors import BLOCKS, PRIORS
from calibration.hypotheses.rivals import FORMS, RIVALS
from docs import scale
from sim.engine.timeline import channel_of
from sim.model import draws, rules
from sim.model.parameters import LEVERS, MEASUREMENT, PARAMETERS, Kind, Parameter
from sim.model.prior_draws import prior_quantiles
from sim.model.strategies import COEFFICIENTS, PLANS
from sim.results import outcomes as measures
from sim.results.outcomes import OUTCOMES
from sim.results.tally import RANGES
from sim.scenario import schema
from sim.scenario.record import KINDS, Stimulus
from sim.scenario.world import World, load_world

FOLDER = Path(__file__).resolve().parent
PAGES = (FOLDER.parent / "README.md", *sorted(FOLDER.rglob("*.md")))
MARKED = re.compile(r"(<!-- table: (?P<name>[a-z -]+) -->\n).*?(<!-- end -->)", re.DOTALL)
NINETY = np.array([0.05, 0.95])
WORLD = "indo_pacific"
OBVIOUS = {
    "kind": "What sort of act: " + ", ".join(f"`{kind}`" for kind in KINDS) + ".",
    "domain": "Field of the act, as in the record.",
    "start": "First month.",
    "end": "Last month; of an offer it is not read.",
    "title": "A line for people.",
}
"""Keys that the schema leaves to their names."""
SELF_EVIDENT = ("HUB", "CHALLENGER", "MONTH", "NEVER")
"""Constants that a table need not explain."""


def table(heads: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A Markdown table, one line a row."""
    listed: list[list[object]] = [list(heads), *(list(row) for row in rows)]
    listed.insert(1, ["---"] * len(listed[0]))
    return "\n".join("| " + " | ".join(_cell(cell) for cell in row) + " |" for row in listed)


def _cell(value: object) -> str:
    return " ".join(str(value).split()).replace("|", "\\|")


def _prior(parameter: Parameter) -> str:
    if parameter.prior[0] == "fixed":
        return "none"
    low, high = prior_quantiles(parameter, NINETY)
    if parameter.around:
        return f"normal around `{parameter.around}`, {low:+.2g} to {high:+.2g}"
    return f"{parameter.prior[0]}, {low:.2g} to {high:.2g}"


def parameters(kind: str) -> str:
    """All parameters of a kind, with the middle 90 % of their priors."""
    chosen = [part for part in (PARAMETERS | MEASUREMENT).values() if part.kind == kind]
    heads = ("parameter", "", "default", "unit", "prior, 5 to 95 %", "meaning", "source", "refuted if")
    return table(
        heads,
        (
            (
                f"`{part.name}`",
                part.symbol,
                f"{part.default:g}",
                part.unit,
                _prior(part),
                part.meaning,
                part.source,
                part.falsifier,
            )
            for part in chosen
        ),
    )


def levers() -> str:
    """The mechanisms that a scenario can scale or switch off."""
    rows = []
    for name in LEVERS:
        default = PARAMETERS[name].default
        rows.append((f"`{name}`", f"on, {default:g}" if default else "off", PARAMETERS[name].meaning))
    return table(("lever", "at the default", "what it does"), rows)


def coefficients() -> str:
    """The dials of a strategy, side by side with what they scale."""
    rows = [
        (side, f"`{name}`", f"{dial.default:g}", f"{dial.low:g} to {dial.high:g}", dial.meaning)
        for side, dials in COEFFICIENTS.items()
        for name, dial in dials.items()
    ]
    return table(("side", "coefficient", "documented", "allowed", "meaning"), rows)


def plans() -> str:
    """The presets: what differs from the documented habit."""
    rows = [
        (side, f"`{plan}`", ", ".join(f"{name} {value:g}" for name, value in changes.items()) or "nothing")
        for side, named in PLANS.items()
        for plan, changes in named.items()
    ]
    return table(("side", "plan", "differs from the documented habit in"), rows)


def channels() -> str:
    """Which channel a row of the record feeds, by its kind and by who sends it."""
    world = load_world(WORLD)
    senders = _senders(world)
    kinds = [(kind, "trade", kind) for kind in KINDS if kind != "shock"]
    kinds += [
        ("shock", "war", "shock, domain war"),
        ("shock", "health", "shock, domains health and reputation"),
    ]
    kinds += [("shock", "nuclear", "shock, other domains")]
    rows = []
    for kind, domain, words in kinds:
        found = (
            channel_of(Stimulus("S000", 0, 0, sender, "", kind, domain, 0.5), world)
            for sender in senders.values()
        )
        rows.append((words, *(f"`{channel}`" if channel else "none" for channel in found)))
    return table(("kind of row", *senders), rows)


def _senders(world: World) -> dict[str, str]:
    """One sender of each role, as the world file gives the sides."""
    itself = {world.hub: "hub", world.challenger: "challenger"}
    first: dict[str, str] = {}
    for side in ("hub", "challenger"):
        first[f"sent by the {side}"] = next(code for code, role in itself.items() if role == side)
        others = [power.code for power in world.powers if power.side == side and power.code not in itself]
        first[f"by others of its side ({', '.join(others)})"] = others[0]
    third = [power.code for power in world.powers if power.side == "third"]
    return first | {f"by third parties ({', '.join(third)})": third[0]}


def outcomes() -> str:
    """What is read off a run."""
    rows = ((f"`{part.name}`", part.title, part.unit, part.definition) for part in OUTCOMES.values())
    return table(("outcome", "title", "unit", "definition"), rows)


def variables() -> str:
    """The state variables that a run keeps month by month."""
    rows = (
        (f"`{name}`", f"{low:g} to {high:g}", unit, words)
        for name, (low, high, unit, words) in RANGES.items()
    )
    return table(("variable", "grid of quantiles", "unit", "what it is"), rows)


def constants() -> str:
    """Numbers held fixed: those of the rules and of the measures."""
    rows = [
        (f"`{name}`", _value(getattr(module, name)), words)
        for module in (rules, measures)
        for name, words in _documented(module)
        if isinstance(getattr(module, name), int | float) and name not in SELF_EVIDENT
    ]
    return table(("constant", "value", "meaning"), rows)


def _value(number: float) -> str:
    return f"{number:.3g}"


def _documented(module: Any) -> Iterator[tuple[str, str]]:
    """Names in capitals of a module, with the text below each; a tuple of names shares its text."""
    body = ast.parse(Path(module.__file__).read_text(encoding="utf-8")).body
    for node, after in pairwise(body):
        if not (isinstance(node, ast.Assign) and isinstance(after, ast.Expr)):
            continue
        for target in node.targets:
            names = target.elts if isinstance(target, ast.Tuple) else [target]
            for name in names:
                if isinstance(name, ast.Name) and name.id.isupper():
                    yield name.id, str(ast.literal_eval(after.value)).rstrip(".")


def addresses() -> str:
    """The groups of draws, as the code comments them."""
    source = Path(draws.__file__ or "").read_text(encoding="utf-8")
    found = re.findall(r"^(GROUP_[A-Z_]+) = ([^#\n]+?) *(?:# (.+))?$", source, re.MULTILINE)
    return table(
        ("group", "number", "what it decides"), ((f"`{name}`", f"`{at}`", words) for name, at, words in found)
    )


def keys(model: type[BaseModel]) -> str:
    """The keys that the schema of scenarios has in one place."""
    order = sorted(model.model_fields, key=lambda name: name in schema.Changes.model_fields)
    chosen = [(name, model.model_fields[name]) for name in order]
    rows = (
        (f"`{field.alias or name}`", "yes" if field.is_required() else "", field.description or OBVIOUS[name])
        for name, field in chosen
    )
    return table(("key", "needed", "meaning"), rows)


def priors(block: str) -> str:
    """The priors of a block of the fit: the middle 90 % and the reason."""
    ends = np.array([-1.6449, 0.0, 1.6449])
    rows = []
    for name in BLOCKS[block]:
        prior = PRIORS[name]
        low, middle, high = prior.values(ends)
        unit = "error of measurement" if prior.nuisance else PARAMETERS[name].unit
        rows.append(
            (f"`{name}`", unit, prior.family, f"{middle:.2g} ({low:.2g} to {high:.2g})", prior.reason)
        )
    return table(("parameter", "unit", "family", "middle (5 to 95 %)", "why"), rows)


def explanations() -> str:
    """The rival explanations as switches on the same rules."""
    rows = (
        (f"`{rival.name}`", rival.claim, _names(rival.off), _names(rival.free)) for rival in RIVALS.values()
    )
    return table(("explanation", "claim", "held at zero", "freed besides the core"), rows)


def forms() -> str:
    """The reference in other forms."""
    rows = (
        (f"`{form.name}`", form.claim, ", ".join([*map(_code, form.off), *_set(form.at)]))
        for form in FORMS.values()
    )
    return table(("form", "claim", "held at zero, or at another value"), rows)


def _code(name: str) -> str:
    return f"`{name}`"


def _set(at: Mapping[str, float]) -> list[str]:
    return [f"`{name}` at {value:g}" for name, value in at.items()]


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "nothing"


def claims() -> str:
    """The claims of the articles, and what the model says of them."""
    from docs.articles.claims import claims as made  # which needs `table`

    return made()


def speed() -> str:
    """The last record of ``make bench``, and when and with what it was made."""
    last = benchmarks.records()[-1]
    return f"{benchmarks.table(last)}\n\n{benchmarks.provenance(last)}"


TABLES: dict[str, Callable[[], str]] = {
    **{f"parameters {kind}": partial(parameters, kind) for kind in get_args(Kind)},
    "levers": levers,
    "forms": forms,
    "coefficients": coefficients,
    "plans": plans,
    "channels": channels,
    "outcomes": outcomes,
    "variables": variables,
    "constants": constants,
    "addresses": addresses,
    **{f"priors of {block}": partial(priors, block) for block in BLOCKS},
    "explanations": explanations,
    "claims": claims,
    **{f"scale {part.__name__}": partial(part, table) for part in (scale.unit, scale.places, scale.explained, scale.movement, scale.checks)},
    "speed": speed,
    "keys of a file": partial(keys, schema.ScenarioFile),
    "keys of a selector": partial(keys, schema.Selector),
    "keys of an event": partial(keys, schema.Add),
    "keys of a question": partial(keys, schema.Asks),
}  # fmt: skip


def renewed(text: str) -> str:
    """The text of a page with every table made anew.

    Raises
    ------
    KeyError
        If a marker names no table.
    """
    return MARKED.sub(lambda found: f"{found[1]}{TABLES[found['name']]()}\n{found[3]}", text)


def main(check: bool) -> int:
    """Write the pages whose tables are out of step, or only name them; 1 if there were any to name."""
    stale = [
        page
        for page in PAGES
        if page.exists() and renewed(page.read_text("utf-8")) != page.read_text("utf-8")
    ]
    for page in stale:
        if not check:
            page.write_text(renewed(page.read_text("utf-8")), encoding="utf-8")
        print(f"{page.name}: {'out of step; run python -m docs.tables' if check else 'written'}")
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
