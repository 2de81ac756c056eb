"""From a table and two words, demand and conduct, to a market that says what any owners do."""
