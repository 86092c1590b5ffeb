"""The S3 protocol at `/storage/v1/s3`, for programs that know no other. Loaded with the first request in it."""
