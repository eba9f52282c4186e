"""Papers that come in with a form and go out again: taken from the request, and given as a download."""

from django.http import HttpRequest, HttpResponse

from duly.borrowing.documents import ENDINGS
from duly.borrowing.models import SealedFile
from duly.borrowing.sealed import unseal


def uploaded(request: HttpRequest, name: str = "file") -> tuple[str, bytes] | None:
    """The name and content of the file of a form; None when none was chosen."""
    file = request.FILES.get(name)
    return None if file is None else (str(file.name), file.read())


def paper_answer(paper: SealedFile) -> HttpResponse:
    """A paper to keep: downloaded under a plain name, never shown inside another page."""
    ending = {**ENDINGS, "application/zip": "zip"}.get(paper.media_type, "bin")
    return HttpResponse(
        unseal(paper),
        content_type=paper.media_type,
        headers={
            "Content-Disposition": f'attachment; filename="paper-{paper.pk}.{ending}"',
            "X-Content-Type-Options": "nosniff",
        },
    )
