"""The web server: REST interface, live streams and dashboard."""
