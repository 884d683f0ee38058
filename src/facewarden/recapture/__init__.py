"""Simulated attack presentations: genuine clips shown on paper and screens, seen by a camera."""
