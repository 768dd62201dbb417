"""Run notebooks, promote a run, publish results."""
