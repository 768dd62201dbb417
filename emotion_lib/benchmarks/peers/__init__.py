"""Comparison with other libraries that read expressions, each in an environment of its own."""
