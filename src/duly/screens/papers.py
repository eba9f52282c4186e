"""Papers that come in with a form and go out again: taken from the request, and given as a download."""

from django.http import Http404, HttpRequest, HttpResponse

from duly.borrowing.documents import ENDINGS
from duly.borrowing.models import SealedFile
from duly.borrowing.sealed import SealBrokenError, unseal

_ENDINGS = {**ENDINGS, "application/zip": "zip"}


def uploaded(request: HttpRequest, name: str = "file") -> tuple[str, bytes] | None:
    """The name and content of the file of a form; None when none was chosen."""
    file = request.FILES.get(name)
    return None if file is None else (str(file.name), file.read())


def attachment(content: bytes | str, media_type: str, name: str) -> HttpResponse:
    """A file that is downloaded under `name`, whatever a browser would like to make of it."""
    return HttpResponse(
        content,
        content_type=media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        },
    )


def sealed_paper(paper: SealedFile, stem: str) -> HttpResponse:
    """A sealed paper, downloaded as `stem` and the ending of its type. Http404 when nobody can read it any more."""
    try:
        content = unseal(paper)
    except SealBrokenError as error:
        raise Http404 from error
    return attachment(content, paper.media_type, f"{stem}.{_ENDINGS[paper.media_type]}")
