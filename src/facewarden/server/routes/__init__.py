"""The routes: one file per topic, each with a `router`."""
