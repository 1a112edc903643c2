"""Upload of a picture in the editor: the answer is the Markdown to write where the picture belongs."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from questions.admin.staff_page import current_user, render_page, staff_action
from questions.content.picture_files import MAX_PICTURE_BYTES, PictureError, clean_picture
from questions.content.pictures import markdown
from questions.formats import bounded_reading
from questions.services import images


@staff_action(())
def upload(request: HttpRequest) -> HttpResponse:
    """Store a picture, and show its Markdown; status 422 with the reason if it cannot be used."""
    user = current_user(request)
    if not (user.has_perm("questions.add_question") or user.has_perm("questions.change_question")):
        raise PermissionDenied
    context: dict[str, Any] = {}
    file, alt = request.FILES.get("picture"), request.POST.get("alt", "").strip()
    try:
        if file is None:
            raise PictureError(_("Choose a file."))
        if not alt:
            raise PictureError(_("Say what the picture shows, for those who cannot see it."))
        with bounded_reading.place() as is_free:  # clean_picture waits for others, and each would keep a thread
            if not is_free:
                raise PictureError(_("Others are reading files now. Try again in a moment."))
            picture = clean_picture(file.read(MAX_PICTURE_BYTES + 1))
        images.store([picture], now=timezone.now(), by=user)
        context = {"markdown": markdown(picture.name, alt), "picture": picture, "alt": alt}
    except PictureError as error:
        context = {"problem": str(error)}
    is_htmx = getattr(request, "htmx", False)
    name = "_picture" if is_htmx else "picture"
    status = 422 if "problem" in context and not is_htmx else 200  # htmx shows no answer with an error status
    return render_page(request, f"admin/questions/editor/{name}.html", context, status)
