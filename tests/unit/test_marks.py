"""Every picture says what it is, in its file: other programs read the mark, and a reader of our own the signed manifest."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import c2pa
import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from sahne import __version__
from sahne.digital_sources import DigitalSource, only_source, source_packet
from sahne.errors import SettingInvalid
from sahne.objects.bare_pictures import bare_picture
from sahne.providers.images.credentials import ContentCredentials
from sahne.providers.images.generator import Picture
from sahne.providers.images.marks import has_manifest, marked
from sahne.providers.images.memory import flat_png
from sahne.providers.images.signing_key import CLAIM_SIGNING, make_signing_key, read_signing_key
from sahne.settings.reading import read_settings
from sahne.studio.marks import Marks, open_marks
from tests.cameras import SECRET, from_a_camera, portrait
from tests.content_credentials import Untrue, read_credentials
from tests.pictures import encoded, told_by_exiftool

KINDS = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp", "AVIF": "image/avif"}
PROMPT = "a secret prompt about Ada"

NOTED = source_packet(DigitalSource.TRAINED).replace(b"</rdf:RDF>", f"<a>{SECRET}</a></rdf:RDF>".encode())


def noted_png() -> PngImagePlugin.PngInfo:
    notes = PngImagePlugin.PngInfo()
    notes.add_itxt("XML:com.adobe.xmp", NOTED.decode())
    return notes


each_kind = pytest.mark.parametrize("name", KINDS)


@pytest.fixture(scope="module")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("installation") / "provenance.pem"
    read_signing_key(path, is_made=True)
    return path


@pytest.fixture(scope="module")
def marks(key_file: Path) -> Marks:
    return Marks(ContentCredentials(read_signing_key(key_file, is_made=False)))


def picture(name: str, source: DigitalSource = DigitalSource.COMPOSITE_SYNTHETIC, **facts: object) -> Picture:
    data = encoded(portrait(), name)
    return Picture(
        image=data,
        image_type=KINDS[name],
        thumbnail=encoded(portrait().resize((48, 36)), "WEBP"),
        thumbnail_type="image/webp",
        medium=encoded(portrait().resize((96, 72)), "WEBP"),
        width=192,
        height=144,
        seed=1,
        model="painter-1",
        source=source,
        facts={"prompt": PROMPT, **facts},
    )


def signed(marks: Marks, made: Picture) -> Picture:
    return asyncio.run(marks.put(made))


@each_kind
def test_a_picture_and_its_thumbnail_are_signed_and_look_the_same(marks: Marks, name: str) -> None:
    before = picture(name)
    after = signed(marks, before)
    assert after.facts["content_credentials"] is True
    for kind, was, now in (
        (KINDS[name], before.image, after.image),
        ("image/webp", before.thumbnail, after.thumbnail),
    ):
        assert Image.open(BytesIO(now)).tobytes() == Image.open(BytesIO(was)).tobytes(), "nothing is encoded anew"
        assert len(now) - len(was) < 6000
        told = read_credentials(kind, now)
        (action,) = told.actions
        assert (action["action"], action["softwareAgent"]["name"]) == ("c2pa.created", "painter-1")
        assert action["digitalSourceType"] == "http://cv.iptc.org/newscodes/digitalsourcetype/compositeSynthetic"
        assert (told.claim["claim_generator_info"]["name"], told.claim["claim_generator_info"]["version"]) == (
            "Sahne",
            __version__,
        )
        assert PROMPT.encode() not in now


@each_kind
def test_another_program_reads_the_mark(marks: Marks, name: str, tmp_path: Path) -> None:
    told = told_by_exiftool(tmp_path / "picture", signed(marks, picture(name)).image)
    assert told["XMP-iptcExt:DigitalSourceType"] == DigitalSource.COMPOSITE_SYNTHETIC.uri
    assert "ExifTool:Warning" not in told
    assert name in ("WEBP", "AVIF") or told["JUMBF:JUMDLabel"] == "c2pa"  # in those that version looks for none
    plain = told_by_exiftool(tmp_path / "plain", picture(name).image)
    assert not [tag for tag in plain if "XMP" in tag or "JUMBF" in tag]


@each_kind
def test_whatever_byte_is_changed_it_is_no_longer_true(marks: Marks, name: str) -> None:
    whole = signed(marks, picture(name)).image
    assert c2pa.Reader(KINDS[name], BytesIO(whole)).get_validation_state() == "Valid"
    pixel = whole.rindex({"PNG": b"IDAT", "JPEG": b"\xff\xda", "WEBP": b"VP8 ", "AVIF": b"mdat"}[name]) + 40
    mark = whole.index(b"<Iptc4xmpExt:DigitalSourceType>") + 50
    claimed = whole.rindex(__version__.encode())
    for place, what in ((pixel, "the file"), (mark, "the file"), (claimed, "the signature")):
        changed = bytearray(whole)
        changed[place] ^= 1
        with pytest.raises(Untrue, match=what):
            read_credentials(KINDS[name], bytes(changed))
        assert c2pa.Reader(KINDS[name], BytesIO(bytes(changed))).get_validation_state() == "Invalid"


def test_the_certificates_are_an_installations_own_and_name_nobody(marks: Marks, key_file: Path) -> None:
    told = read_credentials("image/png", signed(marks, picture("PNG")).image)
    own, root = told.chain
    assert CLAIM_SIGNING in own.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert [each.subject.rfc4514_string().startswith("CN=Sahne") for each in (own, root)] == [True, True]
    assert key_file.stat().st_mode & 0o777 == 0o600
    assert key_file.read_bytes().count(b"PRIVATE KEY-----") == 2, "the one that vouches is not kept"
    read_signing_key(key_file, is_made=True)
    assert read_credentials("image/png", signed(marks, picture("PNG")).image).chain == [own, root]


@pytest.mark.parametrize("content", [b"", make_signing_key().partition(b"-----BEGIN CERT")[0]])
def test_a_file_without_a_key_and_its_certificates_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "own.pem").write_bytes(content)
    with pytest.raises(SettingInvalid) as refused:
        read_signing_key(tmp_path / "own.pem", is_made=False)
    assert f"SAHNE_PROVENANCE_KEY: {tmp_path / 'own.pem'} holds no private key" in str(refused.value.details)


def test_a_key_of_somebody_else_is_refused(tmp_path: Path) -> None:
    (key, _), (_, certificates) = (make_signing_key().split(b"-----END PRIVATE KEY-----\n") for _ in range(2))
    (tmp_path / "own.pem").write_bytes(key + b"-----END PRIVATE KEY-----\n" + certificates)
    with pytest.raises(SettingInvalid) as refused:
        read_signing_key(tmp_path / "own.pem", is_made=False)
    assert "must have the key's own certificate first" in str(refused.value.details)


def test_a_makers_own_manifest_is_taken_out_and_ours_says_so(marks: Marks) -> None:
    theirs = signed(marks, picture("JPEG")).image
    assert has_manifest(theirs)
    bare = bare_picture("image/jpeg", theirs)
    assert not has_manifest(bare)
    told = read_credentials("image/png", signed(marks, picture("PNG", manifest_replaced=True)).image)
    assert "own manifest is not in here" in told.actions[0]["description"]
    assert not has_manifest(flat_png(1))


@each_kind
def test_what_everybody_sees_keeps_the_mark_and_loses_the_rest(name: str) -> None:
    shown = marked(KINDS[name], encoded(portrait(), name), DigitalSource.TRAINED)
    assert bare_picture(KINDS[name], shown) == shown
    noted = encoded(portrait(), name, **({"xmp": NOTED} if name != "PNG" else {"pnginfo": noted_png()}))
    kept = bare_picture(KINDS[name], noted)
    assert DigitalSource.TRAINED.uri.encode() in kept
    assert SECRET.encode() in noted
    assert SECRET.encode() not in kept


@each_kind
def test_of_a_photo_with_a_place_nothing_is_left_but_that_it_was_generated(name: str, tmp_path: Path) -> None:
    taken = from_a_camera(name)
    assert told_by_exiftool(tmp_path / "taken", taken)["GPS:GPSMapDatum"] == SECRET
    bare = bare_picture(KINDS[name], taken)
    told = told_by_exiftool(tmp_path / "kept", marked(KINDS[name], bare, DigitalSource.EDITED_BY_TRAINED))
    assert told["XMP-iptcExt:DigitalSourceType"] == DigitalSource.EDITED_BY_TRAINED.uri
    assert SECRET not in str(told)
    assert not [tag for tag in told if tag.startswith("GPS") or tag.endswith((":Make", ":Model"))]


@pytest.mark.parametrize(
    "options", [{}, {"lossless": True}, {"lossless": True, "mode": "RGBA"}, {"exif": b"Exif\0\0MM"}]
)
def test_a_webp_of_every_form_is_still_one(options: dict[str, object]) -> None:
    mode = str(options.pop("mode", "RGB"))
    drawn = portrait().convert(mode)
    drawn.putpixel((0, 0), (9, 9, 9, 99)[: len(mode)])
    data = encoded(drawn, "WEBP", **options)
    now = Image.open(BytesIO(marked("image/webp", data, DigitalSource.TRAINED)))
    assert (now.mode, now.size) == (mode, (192, 144))
    assert now.tobytes() == Image.open(BytesIO(data)).tobytes()
    assert DigitalSource.TRAINED.uri.encode() in now.info["xmp"]


@given(st.binary(max_size=300))
def test_no_packet_says_anything_but_a_source(noise: bytes) -> None:
    says = b'<a DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia"/>'
    assert only_source(noise) == b""
    kept = only_source(noise + says + noise)
    assert b"algorithmicMedia" in kept
    assert only_source(kept) == kept


def test_without_the_library_pictures_have_the_plain_mark(tmp_path: Path) -> None:
    script = (
        "import sys, asyncio; sys.modules['c2pa'] = None\n"
        "from sahne.settings.reading import read_settings; from sahne.studio.marks import open_marks\n"
        "from sahne.telemetry import subscribe\n"
        "subscribe(lambda fact: print(type(fact).__name__, fact.error))\n"
        f"marks = open_marks(read_settings(None, data={str(tmp_path)!r}))\n"
        "print(marks.credentials)\n"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert said.startswith("Failed CredentialsUnavailable")
    assert said.endswith("None\n")


def test_who_does_not_want_it_gets_pictures_as_they_were_made(tmp_path: Path) -> None:
    assert open_marks(read_settings(None, data=str(tmp_path), provenance="false")) is None
    assert list(tmp_path.iterdir()) == []
    assert open_marks(read_settings(None, data=str(tmp_path)))
    assert [path.name for path in tmp_path.iterdir()] == ["provenance.pem"]


def test_an_avif_whose_pixels_go_on_to_the_end_of_the_file_says_then_where_they_end() -> None:
    data = bytearray(encoded(portrait(), "AVIF"))
    pixels = data.index(b"mdat") - 4
    assert pixels + int.from_bytes(data[pixels : pixels + 4], "big") == len(data)
    data[pixels : pixels + 4] = bytes(4)
    now = marked("image/avif", bytes(data), DigitalSource.TRAINED)
    assert int.from_bytes(now[pixels : pixels + 4], "big") == len(data) - pixels
    assert Image.open(BytesIO(now)).tobytes() == Image.open(BytesIO(bytes(data))).tobytes()
    assert bare_picture("image/avif", now) == now
