"""What keeps an installation: its demo world today."""
