"""Deposits: offers, modals and findings."""
