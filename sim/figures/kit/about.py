"""What a figure says of the run behind it: names, dates, lanes, seed and scenario hash."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from sim.errors import WedgeError
from sim.figures.kit.text import plain
from sim.months import month_number
from sim.words import counted, with_article

REQUIRED = ("scenario", "scenario_hash", "seed", "lanes", "hub", "challenger")


@dataclass(frozen=True)
class About:
    """The run behind a figure.

    Attributes
    ----------
    sides : dict of str to str
        Sender code to ``hub``, ``challenger`` or ``third``.
    branch, record_until : int
        Month numbers.
    uncertainty : str
        What the intervals hold, for example ``chance and parameters``.
    """

    scenario: str
    title: str
    scenario_hash: str
    seed: int
    lanes: int
    hub: str
    challenger: str
    branch: int
    record_until: int
    uncertainty: str
    sides: dict[str, str] = field(default_factory=dict)

    @property
    def short_hash(self) -> str:
        """First eight characters of the scenario hash."""
        return self.scenario_hash[:8]

    @property
    def powers(self) -> str:
        """The two powers as a sentence names them, hub first."""
        return f"{with_article(self.hub)} and {with_article(self.challenger)}"

    @property
    def sample(self) -> str:
        """What the intervals are made of: lanes and kinds of uncertainty."""
        return f"{counted(self.lanes, 'simulated lane')} ({self.uncertainty})"

    @property
    def source(self) -> str:
        """The source line at the foot of a figure."""
        return (
            f"Source: Wedge, scenario \u201c{plain(self.scenario)}\u201d, {counted(self.lanes, 'lane')}, "
            f"seed {self.seed}, scenario hash {self.short_hash}."
        )

    def side(self, sender: str) -> str:
        """Whose side a sender is on."""
        return self.sides.get(sender, "third")

    def side_name(self, side: str) -> str:
        """The name of the power that leads a side."""
        return {"hub": self.hub, "challenger": self.challenger}.get(side, "others")


def about(quantiles: xr.Dataset) -> About:
    """Read what a run says of itself off the attributes of its quantiles.

    Parameters
    ----------
    quantiles : xarray.Dataset
        Attributes ``scenario scenario_hash seed lanes hub challenger`` and, where there, ``title hub_name challenger_name
        branch record_until uncertainty sides``; ``sides`` is text such as ``"CHN=challenger JPN=hub"``.

    Raises
    ------
    WedgeError
        If one of the first six is missing.
    """
    attributes = quantiles.attrs
    missing = [name for name in REQUIRED if name not in attributes]
    if missing:
        raise WedgeError(f"the quantiles lack the attributes {', '.join(missing)} that every figure names")
    months = month_numbers(quantiles)
    hub, challenger = str(attributes["hub"]), str(attributes["challenger"])
    sides = dict(pair.split("=", 1) for pair in str(attributes.get("sides", "")).split())
    return About(
        scenario=str(attributes["scenario"]),
        title=str(attributes.get("title", attributes["scenario"])),
        scenario_hash=str(attributes["scenario_hash"]),
        seed=int(attributes["seed"]),
        lanes=int(attributes["lanes"]),
        hub=plain(attributes.get("hub_name", hub)),
        challenger=plain(attributes.get("challenger_name", challenger)),
        branch=month_number(str(attributes["branch"])) if "branch" in attributes else int(months[0]),
        record_until=month_number(str(attributes["record_until"]))
        if attributes.get("record_until")
        else int(months[0]) - 1,
        uncertainty=plain(attributes.get("uncertainty", "chance")),
        sides={hub: "hub", challenger: "challenger", **sides},
    )


def month_numbers(quantiles: xr.Dataset) -> NDArray[np.int64]:
    """Month numbers (year x 12 + month) of the ``month`` coordinate, shape ``(months,)``."""
    return quantiles["month"].values.astype("datetime64[M]").astype(np.int64) + 1970 * 12


def state_names(quantiles: xr.Dataset) -> dict[str, str]:
    """State code to the name that readers know, in the order of the data."""
    return _names(quantiles, "state", "state_name")


def institution_titles(quantiles: xr.Dataset) -> dict[str, str]:
    """Institution key to its title, in the order of the data."""
    return _names(quantiles, "institution", "institution_title")


def institution_sides(quantiles: xr.Dataset) -> dict[str, str]:
    """Institution key to the side of its sponsor; empty where the run does not say."""
    keys = [str(key) for key in quantiles["institution"].values]
    if "institution_side" not in quantiles.coords:
        return dict.fromkeys(keys, "")
    return {key: str(side) for key, side in zip(keys, quantiles["institution_side"].values, strict=True)}


def _names(quantiles: xr.Dataset, dimension: str, label: str) -> dict[str, str]:
    keys = [str(key) for key in quantiles[dimension].values]
    names = quantiles.coords[label].values if label in quantiles.coords else keys
    return {key: plain(name) for key, name in zip(keys, names, strict=True)}
