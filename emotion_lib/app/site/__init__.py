"""The page that needs no server: a static folder that reads pictures in the visitor's browser."""
