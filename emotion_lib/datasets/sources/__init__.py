"""The data sources: one module or package each, with a function ``load(**options) -> Dataset``."""
