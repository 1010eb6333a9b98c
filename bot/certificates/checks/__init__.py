"""Checks of certificates: validity, strength, chain, trust, and the change from one version to the next."""
