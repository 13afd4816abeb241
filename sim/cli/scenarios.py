"""``wedge scenarios``: the scenarios that come with Wedge, each with its question."""

from __future__ import annotations

from sim.cli.options import JsonOption
from sim.cli.printing import console, print_json, print_text


def scenarios(as_json: JsonOption = False) -> None:
    """List the scenarios that come with Wedge, and their questions.

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
    screen = console()
    for scenario in listed:
        screen.print(scenario["name"], style="bold")
        for line in (scenario["title"], scenario["question"]):
            print_text(screen, line, indent=2)
    screen.print("\nRun one              wedge run NAME")
    screen.print("Compare two          wedge compare history NAME")
    screen.print("Start your own       wedge new NAME")
