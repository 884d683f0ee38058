"""Which pictures make up the batches of an epoch."""
