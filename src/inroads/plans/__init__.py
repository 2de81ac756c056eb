"""From what would happen to what to do: a firm's choices, each played in every draw."""
