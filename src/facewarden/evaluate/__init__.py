"""Evaluation in the field's protocols: scores in, error rates with their intervals out."""
