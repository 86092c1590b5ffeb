"""How a picture came to be, in the words every reader knows: the IPTC's digital source types, as XMP writes them.

The vocabulary is cv.iptc.org/newscodes/digitalsourcetype; the property is `Iptc4xmpExt:DigitalSourceType` of the IPTC
Photo Metadata Standard; the packet is ISO 16684-1's. No packet says anything else.
"""

from __future__ import annotations

import re
from enum import StrEnum

NEWS_CODES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
XMP_BOX = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")  # the type of a `uuid` box with a packet, ISO 16684-3
_IN_XMP = re.compile(
    rb"DigitalSourceType\b[^h]{1,64}?https?://cv\.iptc\.org/newscodes/digitalsourcetype/([A-Za-z]{1,64})"
)


class DigitalSource(StrEnum):
    """What was generated of a picture, and how; the IPTC's names without their address."""

    TRAINED = "trainedAlgorithmicMedia"  # made by a trained model
    EDITED_BY_TRAINED = "compositeWithTrainedAlgorithmicMedia"  # a photo that a trained model made another of
    COMPOSITE_SYNTHETIC = "compositeSynthetic"  # a photo put together with what was made by a program
    ALGORITHMIC = "algorithmicMedia"  # drawn by a program that learnt from nothing

    @property
    def uri(self) -> str:
        """As files name it."""
        return NEWS_CODES + self.value


def source_packet(source: DigitalSource) -> bytes:
    """An XMP packet that says this and nothing else."""
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">'
        f"<Iptc4xmpExt:DigitalSourceType>{source.uri}</Iptc4xmpExt:DigitalSourceType>"
        '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
    ).encode()


def only_source(xmp: bytes) -> bytes:
    """The packet without all that does not say that it was generated; empty where nothing does."""
    found = _IN_XMP.search(xmp)
    source = _BY_NAME.get(found[1]) if found else None
    return source_packet(source) if source else b""


_BY_NAME = {source.value.encode(): source for source in DigitalSource}
