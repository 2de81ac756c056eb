"""Past launches of a study: predicted in its own market, compared with what happened."""
