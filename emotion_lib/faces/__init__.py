"""Finding faces in an image, and cutting them out."""
