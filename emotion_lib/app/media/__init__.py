"""Videos and cameras of visitors."""
