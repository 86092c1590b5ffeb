"""XML as S3 writes and reads it: elements with text or elements in them, and no attribute but the namespace."""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree import ElementTree

from sahne.gateway.storage.s3.errors import MalformedXml

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
HEAD = b'<?xml version="1.0" encoding="UTF-8"?>\n'
BODY_BYTES_MAX = 2 * 1024 * 1024

# A value is text, elements by name, or several of one name; None is left out
Value = str | int | bool | None | Mapping[str, "Value"] | list["Value"]


def written(root: str, values: Mapping[str, Value], *, namespace: str | None = NAMESPACE) -> bytes:
    """A document."""
    element = ElementTree.Element(root, {"xmlns": namespace} if namespace else {})
    _fill(element, values)
    return HEAD + ElementTree.tostring(element)


def read(content: bytes) -> ElementTree.Element:
    """The root of a document, its names without namespaces. Raises MalformedXml.

    Documents that declare anything are refused: entities could make much of little.
    """
    try:
        text = content.decode("utf-8-sig")  # in another encoding a declaration would not be seen
    except UnicodeDecodeError as error:
        raise MalformedXml() from error
    if "<!" in text or "\0" in text:  # as UTF-16 it would be read after all
        raise MalformedXml()
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 it declares nothing
    except ElementTree.ParseError as error:
        raise MalformedXml() from error
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return root


def _fill(element: ElementTree.Element, values: Mapping[str, Value]) -> None:
    for name, value in values.items():
        for each in value if isinstance(value, list) else [value]:
            if each is None:
                continue
            child = ElementTree.SubElement(element, name)
            if isinstance(each, Mapping):
                _fill(child, each)
            else:
                child.text = str(each).lower() if isinstance(each, bool) else str(each)
