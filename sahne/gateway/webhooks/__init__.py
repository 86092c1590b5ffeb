"""The doors outside services knock on: `/webhooks/livekit`."""

from sahne.gateway.webhooks.livekit import build_webhooks

__all__ = ["build_webhooks"]
