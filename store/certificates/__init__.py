"""Client certificates and CA certificates: versions, pins and search."""
