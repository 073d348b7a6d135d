"""What bench/run measures, a file a figure, and what the figures stand on."""
