"""What if: a labelled market, moves that change it, what comes of it, and why."""
