"""The use cases: one function for each thing a person can do here. Joins certificates and store, and holds the rules.

Import its modules by name; this package imports none of them, so that the worker process that opens files stays small.
"""
