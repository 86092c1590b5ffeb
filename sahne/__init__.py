"""Sahne: the backend of a creator app, a live stage and an AI photo studio, in one package."""

__version__ = "0.1.0"
