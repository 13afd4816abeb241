"""The page of findings and its pictures, made from the posterior and the tables that ship with it.

Every number is computed, and every sentence that could turn out otherwise is chosen by the numbers.
"""
