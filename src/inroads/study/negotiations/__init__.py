"""Entrants and carriers: deals, networks of deals, hazards, interventions."""
