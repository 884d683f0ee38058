"""Changes of a batch of faces that training sees in place of more photographs."""
