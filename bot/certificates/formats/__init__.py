"""File formats: recognising them, and reading certificates and keys from their bytes."""
