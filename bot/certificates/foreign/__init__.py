"""Files that are sent instead of certificates: what they are, and the way to a certificate."""
