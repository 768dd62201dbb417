"""One module per data source, each with a function ``load(**options) -> Dataset``."""
