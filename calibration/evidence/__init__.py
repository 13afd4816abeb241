"""The record and its targets as arrays, as a fit compares them."""
