"""From sales as a shop records them to a panel of markets."""
