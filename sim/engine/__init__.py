"""Two engines for one rulebook: compiled lanes, and Mesa agents stepped month by month."""
