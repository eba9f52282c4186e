"""Papers that people upload: what is taken in, what is made harmless, and that nobody reads them without the key."""

import io

import pytest
from django.conf import settings as django_settings
from PIL import Image

from duly.borrowing import documents
from duly.borrowing.documents import add_document, checked, file_name, read_document, remove_document
from duly.borrowing.models import SealedFile
from duly.borrowing.sealed import SealBrokenError, seal, shred, unseal
from duly.engine.errors import InputError

PLAIN_PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def picture(kind: str = "JPEG", size: tuple[int, int] = (40, 20), **saved: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "red").save(out, kind, **saved)
    return out.getvalue()


def test_a_pdf_is_kept_as_it_is_and_comes_back_byte_for_byte(apply, now):
    application = apply(hand_in=False)
    document = add_document(application, "income", "My payslip.pdf", PLAIN_PDF, now)
    assert read_document(document) == PLAIN_PDF
    assert file_name(document) == f"{application.reference}-income-{document.pk}.pdf"


def test_on_disk_there_is_nothing_to_read_and_nothing_to_guess(apply, now, settings):
    document = add_document(apply(hand_in=False), "income", "My payslip.pdf", PLAIN_PDF, now)
    (path,) = [path for path in settings.DULY_SEALED.rglob("*") if path.is_file()]
    assert b"PDF" not in path.read_bytes()
    assert path.name == document.file.name
    assert len(path.name) == 48
    assert path.stat().st_mode & 0o077 == 0
    assert not str(path).startswith(str(django_settings.STATIC_ROOT))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_drawn_anew_without_what_is_hidden_in_it(kind):
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    content = picture(kind, exif=exif.tobytes()) + b"<?php hidden ?>"
    harmless, media_type = checked(content)
    assert b"secret" not in harmless
    assert b"php" not in harmless
    assert media_type in ("image/jpeg", "image/png")
    with Image.open(io.BytesIO(harmless)) as drawn:
        assert drawn.size == (40, 20)


def test_a_picture_taken_sideways_stands_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    harmless, _ = checked(picture("JPEG", exif=exif.tobytes()))
    with Image.open(io.BytesIO(harmless)) as drawn:
        assert drawn.size == (20, 40)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"<html><script>alert(1)</script></html>",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"MZ\x90\x00" + bytes(200),
        b"PK\x03\x04" + bytes(200),
        picture("GIF"),
        picture("JPEG")[:200],
        b"\x89PNG\r\n\x1a\n" + bytes(100),
        PLAIN_PDF.replace(b"%%EOF", b""),
        PLAIN_PDF.replace(b"<<>>", b"<</S/JavaScript/JS(app.alert(1))>>"),
        PLAIN_PDF.replace(b"<<>>", b"<</S/Launch/F(cmd.exe)>>"),
    ],
)
def test_what_is_no_paper_is_refused_with_a_remedy(content):
    with pytest.raises(InputError) as refused:
        checked(content)
    assert refused.value.where == "/file"
    assert refused.value.remedy


def test_a_picture_too_large_to_open_is_refused_before_it_is_opened(monkeypatch):
    monkeypatch.setattr(documents, "MOST_PIXELS", 100)
    with pytest.raises(InputError):
        checked(picture())


def test_a_file_too_large_or_one_too_many_is_refused(apply, now, monkeypatch):
    application = apply(hand_in=False)
    monkeypatch.setattr(documents, "MOST_BYTES", 100)
    with pytest.raises(InputError):
        add_document(application, "income", "a.pdf", PLAIN_PDF + bytes(100), now)
    monkeypatch.setattr(documents, "MOST_DOCUMENTS", 1)
    add_document(application, "income", "a.pdf", PLAIN_PDF, now)
    with pytest.raises(InputError):
        add_document(application, "income", "b.pdf", PLAIN_PDF, now)


def test_a_paper_can_be_taken_away_until_the_application_is_handed_in(
    apply, now, settings, django_capture_on_commit_callbacks
):
    document = add_document(apply(hand_in=False), "other", "a.pdf", PLAIN_PDF, now)
    with django_capture_on_commit_callbacks(execute=True):
        remove_document(document)
    assert not [path for path in settings.DULY_SEALED.rglob("*") if path.is_file()]


def test_a_decided_application_takes_no_more_papers(apply, now):
    with pytest.raises(InputError):
        add_document(apply(), "other", "a.pdf", PLAIN_PDF, now)


def test_a_changed_or_missing_file_is_noticed(db, settings):
    sealed = seal(b"content", "application/pdf")
    (path,) = [path for path in settings.DULY_SEALED.rglob("*") if path.is_file()]
    path.write_bytes(path.read_bytes()[:-4] + b"AAAA")
    with pytest.raises(SealBrokenError):
        unseal(sealed)
    path.unlink()
    with pytest.raises(SealBrokenError):
        unseal(sealed)


def test_without_its_key_nobody_reads_a_file(db):
    sealed = seal(b"content", "application/pdf")
    shred(sealed)
    assert SealedFile.objects.get(pk=sealed.pk).key == ""
    with pytest.raises(SealBrokenError):
        unseal(sealed)
