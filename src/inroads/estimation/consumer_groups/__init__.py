"""Consumers by demographic: what groups of them buy, and what a change does to each."""
