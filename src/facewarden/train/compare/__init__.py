"""Runs side by side, and beside what others report."""
