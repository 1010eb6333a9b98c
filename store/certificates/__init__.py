"""Client certificates and CA certificates: versions and pins."""
