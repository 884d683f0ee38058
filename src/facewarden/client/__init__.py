"""A typed client of the REST interface: `facewarden.client.client.Client`."""
