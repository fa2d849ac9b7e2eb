"""Text to domain and back: the YAML runbook format, its lint, its schema, its diff."""
