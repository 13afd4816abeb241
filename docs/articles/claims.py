"""The claims, in this project's words: who makes each, where it lives, and what a reader must know of the answer."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from docs.articles.answers import Line, kept, words_of
from docs.tables import table


@dataclass(frozen=True)
class Claim:
    """One claim.

    Attributes
    ----------
    name, claim : str
    articles : tuple of int
        By their number in the record's codebook.
    rows : str
        Rows of the record by id, with words.
    rule : str
        The rules that could speak to it.
    scenarios : tuple of str
        Shipped what-ifs; the first line of the answer comes from the first.
    note : str
        What the figures leave out, or why there are none.
    outcomes : tuple of str
        Those that speak to it; all that the what-ifs ask about if empty.
    """

    name: str
    claim: str
    articles: tuple[int, ...]
    rows: str
    rule: str
    scenarios: tuple[str, ...]
    note: str
    outcomes: tuple[str, ...] = ()

    @property
    def ids(self) -> set[str]:
        """Ids of rows that it names."""
        return set(re.findall(r"\b[SR]\d{3}\b", f"{self.rows} {self.note}"))


CLAIMS = (
    Claim(
        "THAAD",
        "Seoul turned to a missile defence because of a North Korean test; by punishing it for that Beijing spent its influence there.",
        (1,),
        "test S016; offer S057 and decision R010; warnings S019, campaign S020, easing S021; launchers R011, three noes R012",
        "punishment moves opinion, trade, and steps and initiatives by alarm and yielding (core)",
        ("thaad-without-punishment",),
        "What Beijing lost is opinion first. The decision itself (R010) falls in the month in which the what-if sets out and answers an "
        "offer, so it hardly moves. The three noes yield to the punishment and may go with it.",
    ),
    Claim(
        "Australia",
        "Canberra balanced between customer and ally until interference came to light; the sanctions that followed its law of 2018 ended that.",
        (1,),
        "reports S026; law R020; sanctions S027, S028; easing S029; 5G R021",
        "as for THAAD; `diversion` for exports",
        ("australia-without-punishment",),
        "The pact on submarines (S065) was opened by both, so it goes where the alarm behind it goes. The law was decided before the sanctions "
        "(December 2017) and stands.",
    ),
    Claim(
        "Philippines 2020",
        "With Manila's notice to end the visiting forces agreement a central piece of the alliance was within reach; threats at sea threw it away.",
        (1,),
        "threat S035; visa S100, notice R035; suspended R036, restored R037; earlier courtship S023, S024, S256",
        "coercion alarms or cows (core); offers and easing by their own rules",
        ("philippines-2020-courted",),
        "The notice answers Washington and stays; so do the offers of Washington.",
    ),
    Claim(
        "Senkakus",
        "A standing presence round the islands fed Japan's suspicion and drove Tokyo to Washington.",
        (1,),
        "presence S005, zone S008, consensus S120; strategies and laws R068, R070, R002, R003; treaty words S141",
        "coercion alarms, with dispute, or cows (core); a long act wears to 0.3",
        ("quiet-senkakus",),
        "The boycott (S006) and the missiles of 2022 (S045) stay.",
    ),
    Claim(
        "India and the Quad",
        "Seeking advantage on the border, Beijing pushed a non-aligned India into a half-alliance.",
        (1,),
        "stand-offs S007, S012, S025, S037, S038, S125; refusal S199, R321; invitations S061, S064; R042, R045, R046",
        "alarm and yielding in steps, initiatives and answers to offers (core)",
        ("quiet-himalaya",),
        "A quiet border delays India's entry in some lanes and hardly prevents it; the invitations stay, and waiting offers are accepted sooner or "
        "later.",
    ),
    Claim(
        "NATO and Japan",
        "By a partnership programme, an office in Tokyo, summits and four joint projects NATO draws Japan in; said with approval by some, as a warning by others.",
        (1, 2, 3, 4, 5),
        "programmes S179, R069 and S079, R007; office S230, still pending; summits S075, R006; summit and projects S083, R009",
        "offers (core)",
        (),
        "[Below](#without-natos-offers): steps that answer an offer fall with it by construction, so the figure says how many there are, and not "
        "how much they weigh. The office was never opened; [bloc-confrontation](../scenarios/bloc-confrontation.yaml) opens it.",
    ),
    Claim(
        "NATO's words of 2019 and 2021",
        "From 2019 NATO called China a challenge, from 2021 a systemic one; Beijing took it for hostility.",
        (3, 5),
        "stances S073, S074, S174, S175",
        "none: a stance feeds no channel",
        (),
        "Cannot be asked, as the command [below](#words-that-move-nobody) says. It would need a rule by which a declaration moves Beijing's acts or "
        "its partners' view of NATO, and a series to fit it to.",
    ),
    Claim(
        "Ukraine",
        "The war in Europe made Asian governments fear the same at home, and bound NATO and its Asian partners together.",
        (1, 2, 3, 5),
        "war S052; sanctions S166; strategies R003, R014; conscription R061; sanctions of others R077, R096, R111, R127",
        "war alarms by openness (core)",
        ("no-ukraine-war",),
        "Sanctions on Russia and the treaty of 2024 presuppose the war and go with it by construction; NATO's invitations stay. Recording "
        "rises over the same years, which the fit holds apart by a trend.",
    ),
    Claim(
        "Russia and North Korea; 1961",
        "The two signed a treaty of mutual help in 2024, and Beijing's treaty of 1961 with Pyongyang can be filled with life.",
        (2, 3, 5),
        "treaty S097, R058, R273; arms and summit R263; shocks to its neighbours S300 to S303; 1961 kept S099, R059; Moscow and Beijing S098, R270",
        "an offer to Pyongyang; membership of `rus_prk_treaty`, `chn_prk_treaty`",
        (),
        "The treaty of 2024 is [below](#a-treaty-and-its-neighbours): the offer is felt by its target alone; for Seoul and Tokyo the treaty and "
        "the arms before it are shocks besides, as the pact with the Solomons is for Canberra (S168). Without the offer Russia's own step (R273) "
        "and the shock of the treaty go, too. [counter-bloc](../scenarios/counter-bloc.yaml) renews the treaty of 1961.",
    ),
    Claim(
        "Bloc confrontation, encirclement",
        "Washington and NATO bring blocs to a region that did not ask for them, press states to choose, and encircle China.",
        (2, 3, 4),
        "pressure S094, S095, S103, S146, S148, S160; Beijing's warning S191; offers of the hub",
        "pressure by the hub alarms or cows, and moves opinion of it, by the rules of the challenger's pressure (core); `entrapment` is a lever",
        ("unpressing-washington",),
        "Offers taken out take their answers with them, so this is the most that the rival can claim. The pressure alone is "
        "told apart by an edit that drops rows of kind pressure, punishment and coercion of Washington's side.",
    ),
    Claim(
        "Laos, Cambodia, Myanmar; ASEAN's neutrals",
        "Beijing should win three states as military partners and court the neutral ones, so that nobody can make them choose.",
        (2,),
        "S087, S088, S089, S279; R056, R233, R242, R243, R250; pressure S095, S103; neutrals: applications R205, R227, refusal R187",
        "offers of the challenger; ties within ASEAN (levers `peer_influence`, `bloc_fit`)",
        ("counter-bloc",),
        "The plan's offers go to five states alone, and so the undecided lose those that habit would make them: the sign turns if "
        "`strategies.CHN.targets` names all 22 states. It measures offers that are not made as much as fear of a bloc.",
    ),
    Claim(
        "Korea, Japan and the price at home",
        "Seoul has little room to work with Tokyo, and its president pays for it in his ratings.",
        (2,),
        "S232, R319; S233, R090; notice R092, suspended R093; Camp David S070, S071, R016, R008",
        "the tie of the two (0.1 in the world file); the leader's line, as recorded",
        ("korea-japan-rift",),
        "Standing at home is no variable: leaders hold office as documented, and the price cannot be asked. It would need approval by month, and a "
        "rule by which it moves a leader's line or term.",
    ),
    Claim(
        "Downsizing and globalising",
        "One administration wished NATO smaller and self-reliant, the next makes it global.",
        (2,),
        "doubt S060 (2017 to 2021), trade pact left S140; repair S067, words on Taiwan S113",
        "reassurance moves opinion of the hub (core), steps by levers (`abandonment`, `opinion_pull`)",
        ("us-retrenchment",),
        "The what-if is about 2024 to 2035. Doubt moves opinion by a fitted rule, and steps by levers alone (`abandonment`, `opinion_pull`, `hub_offer_pull`); "
        "most of the effect is offers not made, and stays if the doubt is taken out (`--set strategies.USA.reassurance=-0.01`).",
    ),
    Claim(
        "Small circles into one",
        "Washington means to join the Quad, AUKUS and the trilaterals into one Asian NATO.",
        (2, 3, 5),
        "Quad S061 to S066; AUKUS S065, R024; trilaterals S070, S071, R039, R081; NATO's four S075 to S078",
        "`big_circle`, hypothetical, with a treaty's threshold; outcome `circle`",
        ("bloc-confrontation",),
        "Whether it is meant cannot be asked, only what would follow. That six states are asked is assumed; a refusal costs nothing, and Beijing "
        "does not answer the offer as such.",
        ("member.big_circle", "steps", "circle"),
    ),
    Claim(
        "Anchored against interlocking",
        "Alliances built round one power hold together better than the ties among China, Russia, North Korea and Iran.",
        (3, 5),
        "`us_*_alliance` against `chn_prk_treaty`, `chn_rus_partnership`, `rus_prk_treaty`; R265, R270, R058",
        "outcome `cohesion`: nearness of alignments within a bloc, a read-out",
        ("counter-bloc",),
        "Treaties of both sides have the same weight and threshold by assumption, so no rule gives an anchor an edge, and the measure "
        "shows none. It would need ties between members that differ by side and are measured. Iran is not in the world.",
        ("cohesion.hub", "cohesion.challenger"),
    ),
    Claim(
        "Arms race, security dilemma",
        "Each side arms because the other does, and the region becomes less safe.",
        (2, 4),
        "budget R064, conscription R061, strategies R003, R129; no row for Chinese forces",
        "lever `security_dilemma`: coercion with the growth of the hub's coalition, from 2024-08 on; outcome `crises`",
        ("bloc-confrontation",),
        "Arms are no variable, and inside the record China's acts are given, so the loop runs in the future alone and at an assumed size. It would "
        "need spending or forces of both sides.",
        ("crises",),
    ),
    Claim(
        "Technology and investment lost",
        "NATO's widening closes Western technology and investment to China.",
        (4,),
        "network S221; bans R021, R028; export controls R079; chip group S225, R338",
        "none for China's economy; `dependence` is the states' exports to it",
        (),
        "Inert: the rows count as steps of the states that took them, and what Beijing loses by them is no variable. It would need investment and "
        "technology flows by year and partner.",
    ),
    Claim(
        "A late change of tone",
        "Beijing may see the damage by now; it will hardly shed its need to punish. Courtship could still keep the others from choosing.",
        (1, 2),
        "easing S021, S024, S029, S121, S131, S172",
        "plans of a power; opinion returns within years (core)",
        ("charm-offensive", "disciplined-wedge"),
        "Whether Beijing could keep to such a plan is assumed.",
    ),
    Claim(
        "The whole, and its rival",
        "Beijing's want of discipline made Washington's coalition; or Washington's and NATO's push did.",
        (1, 2, 4),
        "all coercion, punishment and pressure of China; all pressure and offers of Washington, NATO and Tokyo",
        "all",
        ("unforced-beijing", "disciplined-since-2010", "unpressing-washington"),
        "Not on one footing: offers and the steps that accept them fall together by construction, coercion and steps by a fitted rule. Neither "
        "what-if lets the other side answer.",
    ),
)  # fmt: skip


def scenarios() -> tuple[str, ...]:
    """Every what-if that a claim leads to, once."""
    return tuple(dict.fromkeys(name for claim in CLAIMS for name in claim.scenarios))


def claims() -> str:
    """The table of the page."""
    lines = kept()
    heads = ("claim", "article", "where it lives", "what the model says")
    return table(heads, ((*_said(claim), _answer(claim, lines)) for claim in CLAIMS))


def _said(claim: Claim) -> tuple[str, str, str]:
    numbers = ", ".join(str(number) for number in claim.articles)
    leads = ", ".join(f"[{name}](../scenarios/{name}.yaml)" for name in claim.scenarios)
    lives = "<br>".join(
        part
        for part in (f"Rows: {claim.rows}.", f"Rule: {claim.rule}.", leads and f"Scenario: {leads}.")
        if part
    )
    return f"**{claim.name}.** {claim.claim}", numbers, lives


def _answer(claim: Claim, lines: Iterable[Line]) -> str:
    parts = []
    for name in claim.scenarios:
        own = [words_of(line) for line in lines if line.scenario == name and _speaks(line, claim)]
        parts.append(f"`{name}`: {'; '.join(own)}.")
    return "<br>".join([*parts, claim.note])


def _speaks(line: Line, claim: Claim) -> bool:
    return line.outcome in claim.outcomes if claim.outcomes else bool(line.verdict)
