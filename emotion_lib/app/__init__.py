"""The page in the browser, over one predictor."""
