"""Deployments and the rules that people who act on alerts work by."""
