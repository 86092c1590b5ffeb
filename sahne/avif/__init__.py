"""What an AVIF is made of: boxes, and in them streams of AV1 that alone say how large it becomes."""
