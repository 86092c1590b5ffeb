"""A picture as a camera and a program leave it: with whose it is, where it was taken, and a preview, beside the pixels."""

from __future__ import annotations

from PIL import ExifTags, Image, ImageCms, PngImagePlugin

from tests.pictures import encoded

SECRET = "Kadikoy-41.0082N"
XMP = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description photoshop:City="{SECRET}"/></x:xmpmeta>'.encode()
TURNED = 6


def portrait() -> Image.Image:
    """A picture no two parts of which are alike, so that what is lost or turned is seen."""
    picture = Image.new("RGB", (192, 144))
    picture.putdata([(x, y, (x * y) % 256) for y in range(144) for x in range(192)])
    return picture


def exif(orientation: int = TURNED) -> Image.Exif:
    tags = Image.Exif()
    tags[ExifTags.Base.Make] = SECRET
    tags[ExifTags.Base.Orientation] = orientation
    tags.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (41.0, 0.0, 8.2)
    tags.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSMapDatum] = SECRET
    return tags


def profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def from_a_camera(name: str, orientation: int = TURNED) -> bytes:
    """A picture with everything beside it that a program of the format writes."""
    options: dict[str, object] = {"exif": exif(orientation), "icc_profile": profile(), "xmp": XMP}
    if name == "JPEG":
        options |= {"comment": SECRET, "quality": 90}
    if name == "PNG":
        notes = PngImagePlugin.PngInfo()
        notes.add_text("Author", SECRET)
        notes.add_itxt("XML:com.adobe.xmp", XMP.decode())
        notes.add_text("Comment", SECRET, zip=True)
        options = {"exif": exif(orientation), "icc_profile": profile(), "pnginfo": notes}
    return encoded(portrait(), name, **options)
