"""Cues that need no network: baselines of the same tables as the models."""
