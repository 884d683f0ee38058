"""Model cards, the cache of models, and the sessions that run them."""
