"""File formats: recognise them, and read certificates and keys from their bytes."""
