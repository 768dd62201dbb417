"""Find faces in an image, and cut them out."""
