"""The claims of the five news articles beside what the model says of them: the table of ``articles.md``.

``claims`` is written by hand. ``answers.csv`` is computed: ``python -m docs.articles`` runs the scenarios and writes it.
"""
