"""The maker `diffusers`: a pipeline of one's own, in a process of its own.

The worker's side (`maker.py`, `process.py`, `framing.py`) and what runs on the other (`program.py`), which is started by
its path and imports nothing of ours: PyTorch never enters the worker.
"""
