"""The maker `diffusers`: a pipeline of one's own, in a process of its own.

The worker's side is `maker.py` and `process.py`. On the other runs `program.py`, which is started by its path and
imports nothing of ours: PyTorch never enters the worker.
"""
