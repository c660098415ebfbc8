"""Time and memory beside those of others, side by side in one run: `python -m benchmarks`."""
