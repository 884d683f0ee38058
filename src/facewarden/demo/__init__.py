"""The demonstration: portraits, a composed scene, and the watch over it."""
