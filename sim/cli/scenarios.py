"""``wedge scenarios``: the scenarios that come with Wedge, each with its question."""

from __future__ import annotations

from sim.cli.common import JsonOption, console, print_json


def scenarios(as_json: JsonOption = False) -> None:
    """List the scenarios that come with Wedge, each with its question.

    \b
    Examples:
      wedge scenarios
      wedge scenarios --json
    """
    from sim.scenario.chain import library, read_document

    listed = []
    for path in library():
        entry = read_document(path).entry.model_dump(mode="json")
        words = {key: entry.get(key, "") for key in ("title", "question", "basis", "extends")}
        listed.append({"name": path.stem, **words, "file": str(path)})
    if as_json:
        print_json({"scenarios": listed})
        return
    from rich.table import Table

    table = Table("Scenario", "Question", box=None, pad_edge=False, padding=(0, 2, 1, 0))
    for scenario in listed:
        table.add_row(scenario["name"], f"{scenario['title']}\n{scenario['question']}")
    console().print(table)
    console().print(
        "Run one: wedge run NAME    Compare two: wedge compare history NAME    Start your own: wedge new NAME"
    )
