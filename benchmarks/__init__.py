"""What things cost and how good they are; run one by `python -m benchmarks.NAME`."""
