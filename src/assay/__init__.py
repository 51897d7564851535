"""Assay judges a running HTTP server against what the documents of its API promise."""
