"""Composes labelled clips from photographs of people, for the demonstration and for measuring."""
