"""Frames in, tracked faces and a timeline out."""
