"""The admin of roles (groups): who holds each of them, and what it may do in words instead of single permissions."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from exams import roles
from questions.models import User

MAX_LISTED_HOLDERS = 50

admin.site.unregister(Group)


class RoleForm(forms.ModelForm):
    """The name of a role, and its actions as checkboxes."""

    may_do = forms.MultipleChoiceField(
        label=gettext_lazy("May do"),
        required=False,
        choices=[(action, gettext_lazy(action)) for action in roles.ACTIONS],
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = Group
        fields = ("name",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "may_do" in self.fields:  # users who may only view have no fields
            self.initial["may_do"] = roles.actions_of(self.instance)


@admin.register(Group)
class RoleAdmin(admin.ModelAdmin):
    form = RoleForm
    list_display = ("name", "number_of_accounts", "may_do")
    ordering = ("name",)
    search_fields = ("name",)
    readonly_fields = ("accounts", "other_permissions")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        return super().get_queryset(request).prefetch_related("permissions__content_type").annotate(n=Count("user"))

    def get_fieldsets(self, request: HttpRequest, obj: Group | None = None) -> Any:
        fields = ["name", "may_do"]
        if obj:
            fields += ["other_permissions"] if roles.other_permissions(obj) else []
            fields.append("accounts")
        shipped = _("Each upgrade sets this role again, so it cannot be changed. For a role of your own, add a group.")
        return [(None, {"fields": fields, "description": shipped if _is_shipped(obj) else ""})]

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return super().has_change_permission(request, obj) and not _is_shipped(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return super().has_delete_permission(request, obj) and not _is_shipped(obj)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        roles.set_actions(form.instance, form.cleaned_data["may_do"])

    @admin.display(description=gettext_lazy("accounts"), ordering="n")
    def number_of_accounts(self, group: Any) -> int:
        return int(group.n)

    @admin.display(description=gettext_lazy("may do"))
    def may_do(self, group: Group) -> SafeString | str:
        """The actions of the role, one a line."""
        actions = [[_(action)] for action in roles.actions_of(group)]
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}</li>", actions)) if actions else "–"

    @admin.display(description=gettext_lazy("other permissions"))
    def other_permissions(self, group: Group) -> str:
        """The permissions that belong to no action of the role."""
        return ", ".join(permission.name for permission in roles.other_permissions(group))

    @admin.display(description=gettext_lazy("accounts with this role"))
    def accounts(self, group: Any) -> SafeString | str:
        """Links to those who hold the role; of many, to the list of all."""
        if not group.n:
            return "–"
        holders = User.objects.filter(groups=group).order_by("username")[:MAX_LISTED_HOLDERS]
        links = [(reverse("admin:person", args=[user.pk]), user) for user in holders]
        everyone = f"{reverse('admin:questions_user_changelist')}?groups__id__exact={group.pk}"
        rows = format_html_join("", '<li><a href="{}">{}</a></li>', links)
        if group.n > len(links):
            text = ngettext("All %(n)d account", "All %(n)d accounts", group.n) % {"n": group.n}
            rows += format_html('<li><a href="{}">{}</a></li>', everyone, text)
        return format_html("<ul>{}</ul>", rows)


def _is_shipped(group: Group | None) -> bool:
    """Return whether migrate sets this role."""
    return group is not None and group.name in roles.ROLES
