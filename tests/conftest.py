"""Settings that every test shares."""

from hypothesis import settings

# Timing on a shared machine says nothing, and a test that fails must fail again.
settings.register_profile("house", deadline=None, derandomize=True, database=None)
settings.load_profile("house")
