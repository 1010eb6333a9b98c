"""Certdesk: a certificate desk in Slack."""
