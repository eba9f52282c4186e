"""Papers that people show: taken in only when they are what they say, kept sealed, made harmless where they can be."""

import datetime
import io
import warnings

import puremagic
from django.db import transaction
from django.utils.translation import gettext
from PIL import Image, ImageOps, UnidentifiedImageError

from duly.borrowing.applying import OPEN, tell
from duly.borrowing.models import Application, ApplicationEvent, Document, SealedFile
from duly.borrowing.models.kept import BY_BORROWER
from duly.borrowing.sealed import seal, shred, unseal
from duly.engine.errors import InputError

MOST_BYTES = 10 * 1024 * 1024
MOST_DOCUMENTS = 12
# A photograph of 50 megapixels is 200 MB when opened: enough for any telephone, and no more.
MOST_PIXELS = 50_000_000
PDF = "application/pdf"
IMAGES = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
# What a PDF could do besides being read.
_ACTIVE = (b"/JavaScript", b"/Launch", b"/EmbeddedFile", b"/RichMedia")
ENDINGS = {PDF: "pdf", "image/jpeg": "jpg", "image/png": "png"}


def add_document(
    application: Application, kind: str, called: str, content: bytes, at: datetime.datetime, by: str = BY_BORROWER
) -> Document:
    """Keep a paper of an application that is not decided yet: a PDF as it is, a picture drawn anew.

    `called` is the file's name as the person has it. Raises InputError for what is too large or too many, of another
    type than a PDF or a picture whatever its name, broken, or a PDF that does things.
    """
    if kind not in Document.Kind.values:
        raise InputError(f"there is no kind {kind!r}", "/kind", f"use {', '.join(Document.Kind.values)}")
    harmless, media_type = checked(content)
    with transaction.atomic():
        held = Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
        if held.state not in OPEN:
            raise InputError(
                gettext("This application is decided."), "/application", gettext("Ask for a review to add papers.")
            )
        if held.documents.count() >= MOST_DOCUMENTS:
            raise InputError(
                gettext("There are %(count)s papers already.") % {"count": MOST_DOCUMENTS},
                "/file",
                gettext("Take one away first."),
            )
        document = Document.objects.create(
            application=held, kind=kind, file=seal(harmless, media_type), called=called[:200], uploaded_at=at
        )
        tell(held, ApplicationEvent.Kind.DOCUMENT_ADDED, at, by)
    return document


def checked(content: bytes) -> tuple[bytes, str]:
    """What is kept of an uploaded file, and its media type. Raises InputError."""
    if not content:
        raise InputError(gettext("The file is empty."), "/file", gettext("Choose another."))
    if len(content) > MOST_BYTES:
        raise InputError(
            gettext("The file is larger than %(most)s MB.") % {"most": MOST_BYTES // 2**20},
            "/file",
            gettext("Take a smaller picture, or scan fewer pages."),
        )
    found = media_type_of(content)
    if found == PDF:
        if b"%%EOF" not in content[-2048:] or any(active in content for active in _ACTIVE):
            raise InputError(
                gettext("This PDF is broken, or does more than show pages."),
                "/file",
                gettext("Print it to a new PDF, or take a picture of it."),
            )
        return content, PDF
    if found in IMAGES:
        return drawn_anew(content, found)
    raise InputError(gettext("This is not a PDF or a picture."), "/file", gettext("Use PDF, JPEG, PNG or WebP."))


def media_type_of(content: bytes) -> str:
    """The media type by what is in the file, whatever it is called; empty when it cannot be told."""
    try:
        found = {one.mime_type for one in puremagic.magic_string(content)}
    except (puremagic.PureError, ValueError):
        return ""
    return next((one for one in (PDF, *IMAGES) if one in found), "")


def drawn_anew(content: bytes, media_type: str) -> tuple[bytes, str]:
    """The picture alone, upright: without its place and camera, or anything that was hidden in the file."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=[IMAGES[media_type]]) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise InputError(
                        gettext("This picture is too large."), "/file", gettext("Take one with fewer pixels.")
                    )
                upright = ImageOps.exif_transpose(picture)
                return _written(upright, media_type)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError, Warning) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(gettext("This picture cannot be read."), "/file", gettext("Take it once more.")) from None


def _written(picture: Image.Image, media_type: str) -> tuple[bytes, str]:
    out = io.BytesIO()
    if media_type == "image/png":
        picture.convert("RGBA" if picture.has_transparency_data else "RGB").save(out, "PNG")
        return out.getvalue(), "image/png"
    picture.convert("RGB").save(out, "JPEG", quality=88)
    return out.getvalue(), "image/jpeg"


def read_document(document: Document) -> bytes:
    """A paper as it is kept. Raises duly.borrowing.sealed.SealBrokenError."""
    return unseal(document.file)


def file_name(document: Document) -> str:
    """What a paper is called when it is handed out: nothing that the person wrote."""
    return f"{document.application.reference}-{document.kind}-{document.pk}.{ENDINGS[document.file.media_type]}"


def remove_document(document: Document) -> None:
    """Take back a paper before the application is handed in; it is gone for good. Raises InputError afterwards."""
    with transaction.atomic():
        held = Application.objects.select_for_update(of=("self",)).get(pk=document.application_id)
        if held.state != Application.State.BEGUN:
            raise InputError(
                gettext("This application was handed in."), "/application", gettext("What was shown stays with it.")
            )
        file = SealedFile.objects.get(pk=document.file_id)
        document.delete()
    shred(file)
