"""How large the frames of an AV1 stream may be, as its sequence headers say (AV1 specification, 5.3 to 5.5).

Only they bind a decoder: what a file's boxes say of its size is a promise.
"""

from __future__ import annotations

from sahne.avif.boxes import Count

SEQUENCE_HEADER = 1
HEADER_BYTES_MAX = 512  # with 32 operating points, all of them told at length, it has 400


def coded_pixels(obus: bytes, count: Count) -> int:
    """How many pixels a frame may have; 0 where no sequence header can be read, for then no frame can be either.

    Looking ends at the first unit that is not well formed, as decoding does.
    """
    pixels, at = 0, 0
    while at < len(obus):
        count.one()
        kind, begin, end = _unit(obus, at)
        if end > len(obus):
            break
        if kind == SEQUENCE_HEADER:
            pixels = max(pixels, _pixels_of(obus[begin : min(end, begin + HEADER_BYTES_MAX)]))
        at = end
    return pixels


def _unit(obus: bytes, at: int) -> tuple[int, int, int]:
    """An open bitstream unit: its kind, and where its content begins and ends; behind the end where it is none."""
    head = obus[at]  # its first bit must be nought, which decoders do not look at
    begin = at + (2 if head & 0x04 else 1)
    size = len(obus) - begin
    if head & 0x02:
        size = 0
        for index, byte in enumerate(obus[begin : begin + 8]):
            size |= (byte & 0x7F) << 7 * index
            if not byte & 0x80:
                begin += index + 1
                break
        else:
            return 0, at, len(obus) + 1
    return head >> 3 & 0x0F, begin, begin + max(size, 0)


class _Bits:
    """Bits in the order in which they are written; noughts behind the last."""

    def __init__(self, data: bytes) -> None:
        self._bits = int.from_bytes(data, "big")
        self._left = 8 * len(data)

    def take(self, count: int) -> int:
        """The next ones as a number."""
        self._left -= count
        shifted = self._bits >> self._left if self._left >= 0 else self._bits << -self._left
        return shifted & (1 << count) - 1

    def skip_uvlc(self) -> None:
        """A number of variable length."""
        zeros = 0
        while zeros < 32 and not self.take(1):
            zeros += 1
        if zeros < 32:
            self.take(zeros)


def _pixels_of(header: bytes) -> int:
    bits = _Bits(header)
    bits.take(3 + 1)  # profile, and whether it is a still picture
    is_reduced = bool(bits.take(1))
    if is_reduced:
        bits.take(5)
    else:
        _skip_operating_points(bits)
    width_bits, height_bits = bits.take(4) + 1, bits.take(4) + 1
    if not is_reduced:  # each frame may say another size in so many bits, and nothing holds it to the largest
        return 1 << width_bits + height_bits
    return (bits.take(width_bits) + 1) * (bits.take(height_bits) + 1)


def _skip_operating_points(bits: _Bits) -> None:
    delay_bits = 0
    if bits.take(1):
        bits.take(32 + 32)
        if bits.take(1):
            bits.skip_uvlc()
        if bits.take(1):
            delay_bits = bits.take(5) + 1
            bits.take(32 + 5 + 5)
    has_display_delay = bits.take(1)
    for _ in range(bits.take(5) + 1):
        bits.take(12)
        if bits.take(5) > 7:
            bits.take(1)
        if delay_bits and bits.take(1):
            bits.take(2 * delay_bits + 1)
        if has_display_delay and bits.take(1):
            bits.take(4)
