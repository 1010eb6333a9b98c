"""Tests of Certdesk."""
