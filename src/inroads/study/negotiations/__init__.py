"""Entrants and channels: deals, networks of deals, hazards, interventions."""
