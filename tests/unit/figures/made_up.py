"""A made-up but lifelike run: random walks of states between two powers, memberships, acts and outcomes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from sim.months import month_dates, month_number, month_text
from sim.scenario.record import Stimulus

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
STATES = {
    "AUS": "Australia", "BGD": "Bangladesh", "BRN": "Brunei", "IDN": "Indonesia", "IND": "India", "JPN": "Japan",
    "KHM": "Cambodia", "KOR": "South Korea", "LAO": "Lao People's Democratic Republic (Laos)", "LKA": "Sri Lanka",
    "MMR": "Myanmar", "MNG": "Mongolia", "MYS": "Malaysia", "NZL": "New Zealand", "PAK": "Pakistan",
    "PHL": "Philippines", "PRK": "North Korea", "RUS": "Russia", "SGP": "Singapore", "THA": "Thailand",
    "TWN": "Taiwan", "VNM": "Viet Nam",
}  # fmt: skip
OTHERS = {f"Y{number:02d}": f"State with the number {number} of the others" for number in range(100)} | {
    f"Z{number:02d}": f"Small {number}" for number in range(100)
}
"""More states, for worlds larger than the Indo-Pacific."""
INSTITUTIONS = {
    "us_japan_alliance": ("Treaty between the United States and Japan", "hub", "JPN"),
    "us_korea_alliance": ("Treaty between the United States and South Korea", "hub", "KOR"),
    "us_australia_alliance": ("ANZUS", "hub", "AUS"),
    "us_philippines_alliance": ("Treaty between the United States and the Philippines", "hub", "PHL"),
    "us_thailand_alliance": ("Manila Pact and the communique of 1962", "hub", "THA"),
    "quad": ("Quad", "hub", ""),
    "aukus": ("AUKUS", "hub", ""),
    "nato_ipcp": ("NATO individual partnership and cooperation programmes", "hub", "AUS"),
    "nato_itpp": ("NATO individually tailored partnership programmes", "hub", ""),
    "nato_ap4": ("NATO's four Indo-Pacific partners", "hub", ""),
    "us_jpn_kor_trilateral": ("Trilateral of Camp David", "hub", ""),
    "us_jpn_phl_trilateral": ("Trilateral with Japan and the Philippines", "hub", ""),
    "ipef": ("Indo-Pacific Economic Framework", "hub", ""),
    "big_circle": ("All small circles merged (hypothetical)", "hub", ""),
    "aiib": ("Asian Infrastructure Investment Bank", "challenger", ""),
    "bri": ("Belt and Road Initiative", "challenger", ""),
    "sco": ("Shanghai Cooperation Organisation", "challenger", "RUS"),
    "brics": ("BRICS", "challenger", "RUS IND"),
    "chn_prk_treaty": ("Treaty between China and North Korea of 1961", "challenger", "PRK"),
    "chn_rus_partnership": ("Partnership of China and Russia", "challenger", "RUS"),
    "rus_prk_treaty": ("Treaty between Russia and North Korea of 2024", "challenger", ""),
}
OPEN = {"ipef": 0.35, "aiib": 0.6, "bri": 0.7, "nato_ap4": 0.15, "quad": 0.1}


def walks(states: Sequence[str], months: int, lanes: int, drift: float = 0.0) -> np.ndarray:
    """Alignment over lane, month and state: tanh of random walks that start alike in all lanes."""
    rng = np.random.default_rng(7)
    home = np.linspace(-1.6, 1.5, len(states))[np.argsort(rng.random(len(states)), kind="stable")]
    walk = rng.normal(0.0, 0.035, (lanes, months, len(states))).cumsum(axis=1)
    trend = np.linspace(0.0, 0.3 + drift, months)[:, None] * rng.normal(0.4, 1.0, len(states))
    return np.tanh(home + trend + walk - walk[:, :1])


def make_quantiles(
    count: int = 22, first: str = "2010-01", last: str = "2035-12", lanes: int = 200, drift: float = 0.0
) -> xr.Dataset:
    codes = [*sorted(STATES), *OTHERS][:count]
    numbers = np.arange(month_number(first), month_number(last) + 1)
    alignment = np.quantile(walks(codes, len(numbers), lanes, drift), LEVELS, axis=0)
    rng = np.random.default_rng(3)
    share = np.zeros((len(INSTITUTIONS), len(numbers), len(codes)))
    for place, (key, (_, side, members)) in enumerate(INSTITUTIONS.items()):
        for column, code in enumerate(codes):
            begin = rng.integers(0, len(numbers))
            rise = 1 / (1 + np.exp(-(np.arange(len(numbers)) - begin) / 18))
            wanted = OPEN.get(key, 0.03) > rng.random()
            sign = 1 if side == "hub" else -1
            share[place, :, column] = rise * wanted * (sign * alignment[2, 0, column] > -0.7)
            if code in members:
                share[place, :, column] = 1 - 0.4 * rise * (rng.random() < 0.5)
    levels, by_month = ("quantile", "month", "state"), ("month", "state")
    others = {
        "opinion_challenger": -0.6 * alignment,
        "opinion_hub": 0.5 * alignment,
        "dependence": 0.3 - 0.2 * alignment,
        "steps": np.round(30 * alignment),
    }
    values = {name: np.sort(array, axis=0) for name, array in ({"alignment": alignment} | others).items()}
    return xr.Dataset(
        {
            **{name: (levels, array, {"units": "1"}) for name, array in values.items()},
            **{f"{name}_mean": (by_month, array[2]) for name, array in values.items()},
            "membership": (("institution", "month", "state"), np.round(share * lanes) / lanes),
        },
        coords={
            "quantile": list(LEVELS),
            "month": month_dates(numbers),
            "state": codes,
            "state_name": ("state", [(STATES | OTHERS)[code] for code in codes]),
            "institution": list(INSTITUTIONS),
            "institution_title": ("institution", [title for title, _, _ in INSTITUTIONS.values()]),
            "institution_side": ("institution", [side for _, side, _ in INSTITUTIONS.values()]),
        },
        attrs={
            "scenario": "history", "title": "The documented record and open futures",
            "scenario_hash": "9f3c2a71d0" * 6 + "abcd", "seed": 1, "lanes": lanes, "hub": "USA", "hub_name": "United States",
            "challenger": "CHN", "challenger_name": "China", "branch": "2024-08", "record_until": "2024-07",
            "uncertainty": "chance and parameters", "sides": "CHN=challenger JPN=hub NATO=hub RUS=challenger USA=hub PRK=third",
        },
    )  # fmt: skip


@dataclass(frozen=True)
class Moved:
    """Something that moves, as the headline figure is given it."""

    state: str
    name: str
    variable: str
    month: int
    change: float
    amount: str
    scale: float = 1.0
    institution: str = ""
    title: str = ""


@dataclass(frozen=True)
class Answer:
    """What a what-if did, as the headline figure is given it."""

    sentence: str
    highlights: tuple[Moved, ...] = ()
    still: tuple[str, ...] = ()


def make_answer(quantiles: xr.Dataset, most: int = 9) -> Answer:
    """Alignment, views, exports, a membership and steps of the first states move."""
    month = month_number("2030-06")
    moved = [
        Moved(str(code), str(name), variable, month, -18.0, "18 percentage points", scale)
        for variable, scale in (("alignment", 1.0), ("opinion_challenger", 100.0), ("dependence", 100.0))
        for code, name in zip(quantiles["state"].values[:2], quantiles["state_name"].values[:2], strict=True)
    ]
    club, title = str(quantiles["institution"].values[7]), str(quantiles["institution_title"].values[7])
    moved.append(
        Moved(moved[0].state, moved[0].name, "membership", month, 4.0, "4 lanes in 100", 100.0, club, title)
    )
    moved.append(Moved(moved[0].state, moved[0].name, "steps", month, -2.5, "2.5 steps"))
    return Answer(
        "Views would be 18 points worse; " * 4 + "alignment hardly differs",
        tuple(moved[:most]),
        ("opinion_hub",),
    )


def make_outcomes(quantiles: xr.Dataset, lanes: int = 200, effect: float = 0.0) -> pd.DataFrame:
    """Outcomes a lane, with a count, a share, a column without variance and one that is nowhere defined."""
    rng = np.random.default_rng(11)
    codes = [str(code) for code in quantiles["state"].values]
    final = rng.normal(0.0, 0.15, (lanes, len(codes))) + quantiles["alignment"].sel(quantile=0.5).values[-1]
    columns: dict[str, np.ndarray] = {}
    for column, code in enumerate(codes):
        columns[f"alignment.{code}.2024-07"] = np.tanh(final[:, column] * 0.8)
        columns[f"alignment.{code}.2035-12"] = np.tanh(final[:, column] + effect * column / len(codes))
    for place, key in enumerate(INSTITUTIONS):
        columns[f"members.{key}"] = rng.binomial(len(codes), 0.05 + 0.5 * (place % 5 == 0), lanes).astype(
            float
        )
    backfire = rng.beta(5, 6, lanes)
    backfire[::17] = np.nan
    columns |= {
        "coalition": rng.beta(8, 6, lanes) + effect / 10,
        "wedged": rng.poisson(0.6 + abs(effect), lanes).astype(float),
        "hedgers": rng.binomial(len(codes), 0.35, lanes).astype(float),
        "leverage": rng.lognormal(-2.0, 0.3, lanes),
        "backfire": backfire,
        "backfire_expected": rng.beta(5, 8, lanes),
        "circle": np.full(lanes, 4.0),
        "polarisation": rng.beta(12, 10, lanes),
        "crises": rng.poisson(31, lanes).astype(float),
        "cohesion.hub": rng.beta(30, 6, lanes),
        "cohesion.challenger": np.full(lanes, np.nan),
        "opinion.challenger": rng.normal(-0.35, 0.08, lanes),
        "opinion.hub": rng.normal(0.25, 0.05, lanes),
        "energy": rng.normal(-11.8, 2.2, lanes),
        "frustrated": rng.poisson(2.2, lanes).astype(float),
    }
    return pd.DataFrame(columns).rename_axis("lane")


def make_events(quantiles: xr.Dataset, count: int = 280) -> tuple[Stimulus, ...]:
    """Acts from 2010 to July 2024, in the proportions of a real record."""
    rng = np.random.default_rng(5)
    codes = [str(code) for code in quantiles["state"].values]
    weights = rng.dirichlet(np.full(len(codes), 0.8))
    kinds = ("coercion", "punishment", "pressure", "offer", "accommodation", "reassurance", "shock", "stance")
    shares = (0.17, 0.06, 0.06, 0.54, 0.06, 0.02, 0.07, 0.02)
    events = []
    for place in range(count):
        kind = str(rng.choice(kinds, p=shares))
        sender = str(rng.choice(("USA", "NATO", "JPN", "CHN", "RUS"), p=(0.4, 0.1, 0.05, 0.4, 0.05)))
        sender = {"coercion": "CHN", "punishment": "CHN", "accommodation": "CHN", "reassurance": "USA", "pressure": "USA",
                  "shock": "PRK", "stance": "NATO"}.get(kind, sender)  # fmt: skip
        start = int(rng.integers(month_number("2010-01"), month_number("2024-06")))
        target = (
            "CHN" if kind == "stance" else "ALL" if rng.random() < 0.05 else str(rng.choice(codes, p=weights))
        )
        size = float(rng.integers(2, 9)) / 10 * (-1 if kind == "reassurance" and rng.random() < 0.5 else 1)
        end = min(start + int(rng.geometric(0.12)), month_number("2024-07"))
        events.append(
            Stimulus(
                id=f"S{place:03d}",
                start=start,
                end=end,
                sender=sender,
                target=target,
                kind=kind,
                domain="trade",
                intensity=size,
                title=f"Act of {month_text(start)}",
                reference="made up",
                onset=start,
            )
        )
    return tuple(events)
