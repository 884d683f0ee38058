"""Settings, one file per section."""
