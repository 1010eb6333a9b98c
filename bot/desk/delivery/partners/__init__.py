"""Partners: trying a certificate with their servers, and a daily look at those servers."""
