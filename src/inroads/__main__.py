"""`python -m inroads`."""

from inroads.cli import app

app()
