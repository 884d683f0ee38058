"""What training makes small: a scalar of a batch of embeddings and the subjects they belong to."""
