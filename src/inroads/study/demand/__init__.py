"""A study's tastes from an estimate."""
