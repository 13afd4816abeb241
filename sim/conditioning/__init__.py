"""Lanes held to a record: the draws that it decides, given what happened."""
