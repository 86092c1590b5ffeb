"""The doors outside services knock on: a file a service, one route each, under `/webhooks`."""
