"""Periods to come: paths, draws of a study's uncertain inputs, the world ranking."""
