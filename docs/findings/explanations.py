"""Explanations and baselines on held-out parts of the record, and where a baseline is ahead."""

from __future__ import annotations

import numpy as np
import pandas as pd

from calibration.comparison.explanations import false_alarm, verdict
from calibration.findings.half_years import TOTAL
from calibration.hypotheses.rivals import REFERENCE, RIVALS
from docs.findings.source import NOT_YET, RIVALS_COMMAND, SPLITS, Evidence
from docs.findings.words import bullets, listed, number, paragraph, parts, small
from docs.tables import table

STREAMS = {
    "steps": "Steps",
    "opinion_challenger": "Opinion of the challenger",
    "opinion_hub": "Opinion of the hub",
    "initiatives": "Initiatives",
    "offers": "Answers to offers",
    "trade": "Export shares",
    TOTAL: "Steps, initiatives and answers together",
    "all": "Steps, initiatives, answers and opinion together",
}
"""Streams of the comparison in the order of the page."""
SUMS = (TOTAL, "all")
"""Those that are sums of others."""
PLEDGED = ("steps", "opinion_challenger", "opinion_hub")
"""Streams on which the model was to beat every baseline."""


def explanations(evidence: Evidence) -> str:
    """Rivals and baselines, verdicts, and weights of the mixture."""
    found = evidence.read("summary")
    if found is None:
        return NOT_YET.format(RIVALS_COMMAND, "summary")
    found = with_half_years(found, evidence.half_years)
    main, most = found[found["steps"] == "unprompted"], int(found["states"].max())
    by_stream = [(title, main[main["stream"] == stream]) for stream, title in STREAMS.items()]
    other = found[(found["steps"] != "unprompted") & (found["stream"] == "steps")]
    return parts(
        bullets(f"`{rival.name}`: {rival.claim}" for rival in RIVALS.values()),
        "Log predictive density of what was held out, in sums over states; higher is better. *Less* is the density of "
        f"`{REFERENCE}` less that of the row, with its standard error: positive if `{REFERENCE}` predicts better. The error is "
        "that over states or, where it is larger, that over half-years, in which shocks reach all states at once; it is over states "
        "alone for baselines, for opinion and trade and sums with them, and for other sets of steps (`wedge score` takes both for every baseline). A "
        "verdict *better* or *worse* needs two standard errors and three log units in every split, *leans* one standard error "
        "in every split, and all else is *cannot tell*. Two models that predict "
        f"{most} states equally well get a *better* by chance with probability {number(false_alarm(most))} at most, more if "
        "states share shocks. The half-year mean knows what the other states did in the same half-year; it is no forecast, and "
        "is given only where a state is left out.",
        *(part for title, own in by_stream if len(own) for part in (f"**{title}**", _compared(own))),
        _on_rivals(main),
        _half_years(evidence.half_years),
        "**Other sets of steps**: *unanswered*, those that answer nothing at all; *binding*, lasting or binding moves; "
        "*verified*, rows whose page was read."
        if len(other)
        else "",
        _sets(other) if len(other) else "",
        _on_binding_moves(other),
        _mixture(evidence.read("weights")),
    )


def with_half_years(found: pd.DataFrame, errors: pd.DataFrame) -> pd.DataFrame:
    """The summary with the larger of two errors, over states and over half-years, and verdicts by it.

    Parameters
    ----------
    found : DataFrame
        `calibration.comparison.explanations.summary`.
    errors : DataFrame
        `calibration.findings.half_years.half_year_errors`; of the main set of steps.
    """
    keys = ["split", "stream", "model"]
    wide = found.merge(errors[[*keys, "error_half_years"]], on=keys, how="left")
    own = (wide["steps"] == "unprompted") & wide["error_half_years"].notna()
    wide["error"] = np.where(
        own & (wide["error_half_years"] > wide["error"]), wide["error_half_years"], wide["error"]
    )
    for _, group in wide[own].groupby(["stream", "model"]):
        both = (
            (wide["steps"] == "unprompted")
            & (wide["stream"] == group["stream"].iloc[0])
            & (wide["model"] == group["model"].iloc[0])
        )
        wide.loc[both, "verdict"] = verdict(
            list(zip(wide.loc[both, "difference"], wide.loc[both, "error"], strict=True))
        )
    return wide.drop(columns="error_half_years")


def _half_years(errors: pd.DataFrame) -> str:
    """Both errors beside each other."""
    title = "**Errors over states and over half-years**"
    if errors.empty:
        return (
            f"{title}: not computed yet, since the posterior lacks what they need; all errors here are over states, and too small "
            "where shocks are common to states."
        )
    rows = []
    for (stream, model), own in errors[errors["stream"].isin(("steps", TOTAL))].groupby(
        ["stream", "model"], sort=False
    ):
        cells = []
        for split in SPLITS:
            row = own[own["split"] == split]
            cells += [
                f"{row[name].iloc[0]:.1f}" if len(row) else ""
                for name in ("error_states", "error_half_years")
            ]
        rows.append((STREAMS[str(stream)], _model(str(model)), *cells))
    larger = int((errors["error_half_years"] > errors["error_states"]).sum())
    heads = (f"{name}, over {unit}" for name in SPLITS.values() for unit in ("states", "half-years"))
    return parts(
        f"{title} of the differences above. What a state did is predicted half-year by half-year, each given those before it. In "
        f"{larger} of {len(errors)} comparisons (steps, initiatives, answers and their sum) the error over half-years is the larger.",
        table(("evidence", "model", *heads), rows),
    )


def _compared(own: pd.DataFrame) -> str:
    rows = []
    for model in dict.fromkeys(own["model"]):
        cells = [cell for split in SPLITS for cell in _cells(own, model, split)]
        rows.append((_model(model), *cells, own.loc[own["model"] == model, "verdict"].fillna("").iloc[0]))
    return table(["model", *(head for name in SPLITS.values() for head in (name, "less")), "verdict"], rows)


def _sets(other: pd.DataFrame) -> str:
    rows = []
    for (steps, model), own in other[other["model"] != REFERENCE].groupby(["steps", "model"], sort=False):
        gaps = [_cells(own, str(model), split)[1] for split in SPLITS]
        rows.append((steps, _model(str(model)), *gaps, own["verdict"].iloc[0]))
    return table(("steps", "model", *(f"less, {name}" for name in SPLITS.values()), "verdict"), rows)


def _model(model: str) -> str:
    return model.replace("_", " ") if model.startswith("baseline") else f"`{model}`"


def _cells(own: pd.DataFrame, model: str, split: str) -> tuple[str, str]:
    row = own[(own["model"] == model) & (own["split"] == split)]
    if row.empty:
        return "", ""
    return f"{row.iloc[0]['lpd']:.1f}", "" if model == REFERENCE else _gap(row.iloc[0])


def _gap(row: pd.Series) -> str:
    return f"{row['difference']:+.1f} ± {row['error']:.1f}"


def _on_rivals(main: pd.DataFrame) -> str:
    """The verdicts on the other explanations, as sentences."""
    sentences = []
    for stream in ("steps", "opinion_challenger", "all"):
        own = main[
            (main["stream"] == stream) & main["model"].isin(list(RIVALS)) & (main["model"] != REFERENCE)
        ]
        verdicts = []
        for word, models in own.groupby("verdict", sort=False)["model"].unique().items():
            names = listed(f"`{name}`" for name in models)
            verdicts.append(
                f"cannot be distinguished from {names}"
                if word == "cannot tell"
                else _beside(str(word), names)
            )
        if verdicts:
            sentences.append(f"On {small(STREAMS[stream])}, `{REFERENCE}` {'; '.join(verdicts)}.")
    return paragraph(*sentences)


def _beside(verdict: str, names: str) -> str:
    leans, word = verdict.startswith("leans"), verdict.rsplit(" ", 1)[-1]
    return f"leans to predicting {word} than {names}" if leans else f"predicts {word} than {names}"


def _on_binding_moves(other: pd.DataFrame) -> str:
    own = other[(other["steps"] == "binding") & (other["model"] == "shock")]
    if own.empty:
        return ""
    gaps = listed(f"{_gap(row)} ({SPLITS[row['split']]})" for _, row in own.iterrows())
    return (
        f"On binding moves alone, coercion beside shocks (`{REFERENCE}` less `shock`) gains {gaps}: "
        f"{own['verdict'].iloc[0]}."
    )


def _mixture(weights: pd.DataFrame | None) -> str:
    if weights is None:
        return ""
    shares = weights.sort_values("weight", ascending=False)
    named = listed(
        f"`{row['rival']}` {100 * row['weight']:.0f} %"
        for _, row in shares.iterrows()
        if row["weight"] >= 0.005
    )
    return f"Weights of the mixture that predicts states left out best (stacking): {named}."


def losses(evidence: Evidence) -> str:
    """Baselines that are ahead, and those that the model does not beat."""
    found = evidence.read("summary")
    if found is None:
        return NOT_YET.format(RIVALS_COMMAND, "summary")
    main = found[(found["steps"] == "unprompted") & found["model"].str.startswith("baseline")]
    pledged = main[main["stream"].isin(PLEDGED)].drop_duplicates(["stream", "model"])
    unbeaten = pledged[pledged["verdict"] != "better"]
    ahead = main[
        (main["difference"] < 0.0) & main["stream"].isin([name for name in STREAMS if name not in SUMS])
    ]
    names = listed(
        f"{_model(row['model'])} on {small(STREAMS[row['stream']])} ({row['verdict']})"
        for _, row in unbeaten.iterrows()
    )
    return parts(
        f"On steps and on opinion of either power the model was to beat every baseline in every split. By the rule above it beats "
        f"{len(pledged) - len(unbeaten)} of {len(pledged)}{f'; not beaten: {names}' if len(unbeaten) else ''}.",
        "A baseline is ahead, by however little, here:"
        if len(ahead)
        else "No baseline is ahead in any stream or split.",
        bullets(
            f"{STREAMS[row['stream']]}, {SPLITS[row['split']]}: {_model(row['model'])} by {-row['difference']:.1f} ± "
            f"{row['error']:.1f}. The difference rests most on {evidence.name(row['largest'])}; without it the model is "
            f"{'ahead' if row['without_largest'] > 0.0 else 'behind'} by {abs(row['without_largest']):.1f}."
            for _, row in ahead.iterrows()
        ),
    )
