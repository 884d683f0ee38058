"""The dashboard: plain HTML, style sheets and ES modules that speak only the REST interface."""
