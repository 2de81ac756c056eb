"""The generalised method of moments: moments, weights, the search, its steps."""
