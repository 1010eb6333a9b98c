"""Checks of what was read: validity, strength, chain, trust, and the change from one version to the next."""
