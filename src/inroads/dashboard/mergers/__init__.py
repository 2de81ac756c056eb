"""Mergers from a table of products: cases, their numbers, their code, and the tab."""
