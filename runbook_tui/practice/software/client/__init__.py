"""The client: loads the order service the way its customers do."""
