"""Stage 9, alert: from the outbox to every sink."""
