"""Presentation attack detection on data sets: protocols, clips, cues, scores."""
