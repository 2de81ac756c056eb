"""What is not known: distributions, ensembles of draws that survive a kill, sources of spread."""
