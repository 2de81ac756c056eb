"""Periods to come: who is in the market, what is known, what is asked, what it is worth."""
