"""What the file system refuses a command, as a sentence about the path that was named."""

from __future__ import annotations

import errno
import os

from sahne.errors import SetupError

ANOTHER = "Choose another path."
SENTENCES = {
    errno.EEXIST: ("{} is a file, and a folder is needed there.", ANOTHER),
    errno.ENOTDIR: ("{} lies below a file, and not in a folder.", ANOTHER),
    errno.EISDIR: ("{} is a folder, and a file is needed there.", ANOTHER),
    errno.ENOENT: ("There is no {}.", "Check how it is written, and from which folder it is looked for."),
    errno.EACCES: ("{} may not be read or written by this user.", "Change its rights, or choose another path."),
    errno.EPERM: ("{} may not be changed by this user.", "Change its rights, or choose another path."),
    errno.EROFS: ("{} is on a disk that is read only.", ANOTHER),
    errno.ENAMETOOLONG: ("The name {} is too long.", "Choose a shorter one."),
    errno.ENOSPC: ("There is no room left for {}.", "Free some, or choose a path on another disk."),
    errno.EDQUOT: ("This user's share of the disk leaves no room for {}.", "Free some, or choose another disk."),
}


class PathRefused(SetupError):
    """A file or a folder cannot be used."""

    code = "path_refused"


def path_refusal(error: OSError) -> PathRefused | None:
    """The sentence, or None where it is nothing about files."""
    if error.errno not in SENTENCES:
        return None
    sentence, hint = SENTENCES[error.errno]
    path = os.fsdecode(error.filename2 or error.filename or "what is written")
    return PathRefused(sentence.format(path), details=error.strerror, hint=hint)
