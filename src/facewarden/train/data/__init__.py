"""Photographs of people, made into aligned faces with labels, splits and a report."""
