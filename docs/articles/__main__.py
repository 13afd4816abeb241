"""``python -m docs.articles`` runs the what-ifs that claims lead to, and keeps their answers; four minutes on two cores."""

from __future__ import annotations

from docs.articles.answers import computed, written
from docs.articles.claims import scenarios

if __name__ == "__main__":
    written(computed(scenarios()))
