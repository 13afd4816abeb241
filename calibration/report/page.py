"""A calibration on one page: what was learned, how well it fits, and whether it can be trusted."""

from __future__ import annotations

import base64
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from calibration.evidence.observed import Observed
from calibration.fitting.fit import AGREED, Fit
from calibration.hypotheses.rivals import RIVALS

STYLE = """
body { font: 15px/1.5 Georgia, serif; color: #1a1a1a; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.7rem; border-top: 3px solid; padding-top: .6rem; }
table { border-collapse: collapse; font: 12.5px/1.5 system-ui, sans-serif; width: 100%; margin: .6rem 0 1.6rem; }
th, td { text-align: right; padding: .12rem .5rem; border-bottom: 1px solid #e3e5e7; font-variant-numeric: tabular-nums; }
th:first-child, td:first-child, .word { text-align: left; }
img { width: 100%; margin: 1rem 0; }
.prior td { color: #8a8f94; }
.about { font: 12.5px/1.6 system-ui, sans-serif; color: #5a5f64; }
"""
DESCRIPTIONS = {
    "parameters": "Prior and posterior of every parameter; the numbers are in the tables.",
    "steps": "Steps by half-year, recorded and drawn again from the fit.",
    "opinion": "Opinion of the challenger by state, surveyed and expected.",
}


def write_report(
    observed: Observed, fitted: Fit, table: pd.DataFrame, about: dict[str, Any], folder: Path
) -> list[Path]:
    """Write ``report.html``, which needs no other file, and its figures (PNG and SVG) into ``figures/``.

    Parameters
    ----------
    observed : Observed
    fitted : Fit
        The fit that the page is about.
    table : DataFrame
        `calibration.fitting.posterior_summary.posterior_summary`, with this fit among its rivals.
    about : dict
        ``scenario evidence code seed draws`` and ``fits``, the diagnostics.
    folder : Path
        There.

    Returns
    -------
    list of Path
        The figures.
    """
    figures = _draw(observed, fitted, table, folder / "figures")
    (folder / "report.html").write_text(_page(fitted, table, about, figures), encoding="utf-8")
    return figures


def _draw(observed: Observed, fitted: Fit, table: pd.DataFrame, folder: Path) -> list[Path]:
    from calibration.report.figures import draw_opinion, draw_posterior_summary, draw_steps
    from sim.figures.kit.save import save
    from sim.figures.kit.style import house

    with house():
        sheets = {
            "parameters": draw_posterior_summary(observed, fitted, table),
            "steps": draw_steps(observed, fitted),
            "opinion": draw_opinion(observed, fitted),
        }
        return [path for name, sheet in sheets.items() if sheet for path in save(sheet, folder, name)]


def _page(fitted: Fit, table: pd.DataFrame, about: dict[str, Any], figures: list[Path]) -> str:
    rival = RIVALS[fitted.rival]
    parts = [
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>",
        f"<title>Calibration: {escape(rival.title)}</title><style>{STYLE}</style></head><body>",
        f"<h1>Calibration: {escape(rival.title)}</h1>",
        f"<p>{escape(rival.claim)}</p>",
        "<p>The fit is conditional: what was done to the states is taken from the record, and what the states did and "
        "what surveys and trade statistics found is what the parameters answer for. Levers, mechanisms that the record "
        "cannot tell apart, are at zero unless the explanation frees them.</p>",
        f"<p>{escape(agreement(about))}</p>",
    ]
    for path in figures:
        if path.suffix == ".svg":
            data = base64.b64encode(path.read_bytes()).decode("ascii")
            parts.append(
                f"<img alt='{escape(DESCRIPTIONS[path.stem])}' src='data:image/svg+xml;base64,{data}'>"
            )
    own = table.reset_index(level="rival")
    own = own[own["rival"] == fitted.rival]
    parts += [_block(block, own, about["fits"][fitted.rival][block]) for block in fitted.samples]
    if len(about["fits"]) > 1:
        parts.append(_fits(about["fits"]))
    lines = {
        "scenario": "scenario",
        "seed": "seed",
        "draws": "draws",
        "evidence": "evidence hash",
        "code": "code hash",
    }
    parts.append(
        "<p class='about'>"
        + "<br>".join(f"{name}: {escape(str(about[key]))}" for key, name in lines.items())
        + "</p>"
    )
    return "\n".join([*parts, "</body></html>\n"])


def agreement(about: dict[str, Any]) -> str:
    """A sentence on whether the independent populations agree."""
    worst = max(
        (entry["scale_reduction"], name)
        for fitted in about["fits"].values()
        for block in fitted.values()
        for name, entry in block["parameters"].items()
    )
    words = "agree" if worst[0] <= AGREED else "do not agree: trust no figure of this fit before a longer one"
    return (
        f"Four independent populations {words} (largest R-hat {worst[0]:.3f}, of {worst[1]}; bound {AGREED})."
    )


def _block(block: str, own: pd.DataFrame, diagnostics: dict[str, Any]) -> str:
    rows = []
    for name, row in own[own["block"] == block].iterrows():
        cells = [
            f"<td>{escape(str(name))}</td>",
            f"<td class='word'>{escape(row['unit'])}</td>",
            *(
                f"<td>{row[column]:.3g}</td>"
                for column in ("prior_q50", "prior_q05", "prior_q95", "q50", "q05", "q95")
            ),
            f"<td>{row['ratio']:.2f}</td><td class='word'>{row['learned']}</td>",
            f"<td>{row['scale_reduction']:.3f}</td><td>{row['error']:.3f}</td>",
        ]
        rows.append(f"<tr class='{row['learned']}'>{''.join(cells)}</tr>")
    heads = (
        "parameter",
        "unit",
        "prior",
        "5 %",
        "95 %",
        "posterior",
        "5 %",
        "95 %",
        "spread left",
        "",
        "R-hat",
        "error",
    )
    return (
        f"<h2>{escape(block.capitalize())}</h2><table><tr>{''.join(f'<th>{head}</th>' for head in heads)}</tr>"
        f"{''.join(rows)}</table><p class='about'>Log evidence {diagnostics['log_evidence']:.1f} "
        f"(± {diagnostics['log_evidence_error']:.2f}); {diagnostics['evaluations']:,} evaluations; "
        f"{100 * diagnostics['acceptance']:.0f} % of moves accepted; "
        f"{diagnostics['unsettled']} populations unsettled. Error: Monte-Carlo error of the mean, in posterior spreads.</p>"
    )


def _fits(fits: dict[str, Any]) -> str:
    blocks = list(next(iter(fits.values())))
    rows = "".join(
        f"<tr><td>{escape(name)}</td>"
        + "".join(f"<td>{one[block]['log_evidence']:.1f}</td>" for block in blocks)
        + "</tr>"
        for name, one in fits.items()
    )
    heads = "".join(f"<th>{escape(block)}</th>" for block in blocks)
    return (
        f"<h2>Log evidence of all fits</h2><table><tr><th>fit</th>{heads}</tr>{rows}</table><p class='about'>It leans on "
        "the priors; explanations are compared on held-out data.</p>"
    )
