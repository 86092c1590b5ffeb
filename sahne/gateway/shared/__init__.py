"""What somebody shares by a link, shown to whoever has it: a plain page and its pictures, below `/s`."""
