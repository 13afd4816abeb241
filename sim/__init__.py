"""Wedge: when a great power punishes, coerces or courts its neighbours, whom does it win, and for whom?"""

__version__ = "0.1.0"
