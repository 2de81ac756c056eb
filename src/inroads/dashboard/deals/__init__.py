"""Deals of a study: cases, their numbers, their code, and the tab that shows them."""
