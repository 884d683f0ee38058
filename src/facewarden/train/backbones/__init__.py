"""Networks that turn aligned faces into embeddings, a file for each paper."""
