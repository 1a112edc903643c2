"""Django's own admin of users, plus a link that signs somebody in once, for servers without e-mail."""

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exams.services import sign_in

MOST = 40  # a class; more links at once nobody hands out

admin.site.unregister(User)


@admin.register(User)
class Users(UserAdmin):
    actions = ["make_sign_in_link"]

    @admin.action(description=gettext_lazy("Make a sign-in link"), permissions=["change"])
    def make_sign_in_link(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Shows the links to whoever asked. A link to a staff account is for superusers: it would lend its powers."""
        for user in queryset.order_by("username")[:MOST]:
            if not user.is_active:
                self.message_user(request, _("%s is deactivated and gets no link.") % user, messages.WARNING)
            elif (user.is_staff or user.is_superuser) and not request.user.is_superuser:
                self.message_user(request, _("Only an administrator can make a link for %s.") % user, messages.WARNING)
            else:
                link = sign_in.sign_in_link(user, request.build_absolute_uri("/"))
                text = _("%(name)s, once, within 24 hours: %(link)s") % {"name": user, "link": link}
                self.message_user(request, text)
