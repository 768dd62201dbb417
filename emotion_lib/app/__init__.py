"""The page that people open: a thin skin over the predictor."""
