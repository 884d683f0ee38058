"""facewarden: a self-hosted face-watchlist system."""

__version__ = "0.1.0"
