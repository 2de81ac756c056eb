"""From one market to parameters: targets by minimum distance, margins."""
