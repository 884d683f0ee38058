"""Networks from a clip to an embedding, one per file."""
