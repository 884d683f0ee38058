"""The words of the REST interface, shared by the server and its client."""
