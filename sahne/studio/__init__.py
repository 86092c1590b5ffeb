"""The photo studio: a scene, a photo and a seed become pictures; quota is spent once and comes back with a failure."""
