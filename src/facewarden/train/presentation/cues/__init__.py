"""Cues that learn: baselines beside the networks."""
