"""JSON Schemas of scenarios and worlds, for editors: ``python -m sim.scenario.json_schema`` writes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sim.scenario.schema import ScenarioFile


def schema_texts() -> dict[str, str]:
    """File name -> text of each JSON Schema that editors use."""
    from sim.scenario.world import World

    texts = {}
    for stem, model in (("scenario", ScenarioFile), ("world", World)):
        content = {"$schema": "https://json-schema.org/draft/2020-12/schema"} | _lean(
            model.model_json_schema()
        )
        texts[f"{stem}.schema.json"] = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    return texts


def _lean(schema: Any) -> Any:
    """The schema without generated titles and without defaults that mean 'left out'."""
    if isinstance(schema, list):
        return [_lean(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: _lean(value)
        for key, value in schema.items()
        if not (key == "title" and isinstance(value, str))
        and not (key == "default" and value in ("", None, [], {}))
    }


def write_schemas(folder: Path) -> None:
    """Write the JSON Schema files into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in schema_texts().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    from sim.io.library import data_root

    write_schemas(data_root() / "schema")
