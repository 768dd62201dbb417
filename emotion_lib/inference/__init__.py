"""A model file and images in; faces with probabilities out."""
