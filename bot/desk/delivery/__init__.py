"""Delivery: apps fetch their certificates, and say what they have loaded."""
