"""Formulas and tables of a panel as arrays."""
