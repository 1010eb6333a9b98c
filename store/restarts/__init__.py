"""Restarts: what is pending, what Certdesk performs, and what may trigger or confirm one."""
