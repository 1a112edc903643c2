"""The bar of filters above a list: each is a field with known values, acts at once, and shows in a chip when in use."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

NONE = "none"  # the value for rows without one
FIRST_FILTERS = 6  # in view without a click


class KnownValueFilter(SimpleListFilter, ABC):
    """A filter by one of the known values; other values match nothing."""

    def has_output(self) -> bool:
        return True  # a filter without values still refuses unknown ones

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return self.known_values(request)

    @abstractmethod
    def known_values(self, request: HttpRequest) -> Iterable[tuple[str, Any]]:
        """Return the values with their labels."""

    @abstractmethod
    def narrow(self, rows: Any, value: str) -> Any:
        """Return the rows of a known value."""

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        value = self.value()
        if not value:
            return None
        if value not in {str(known) for known, _label in self.lookup_choices}:
            return queryset.none()
        return self.narrow(queryset, value)


def known(
    title: Any,
    parameter: str,
    values: Callable[[], Iterable[tuple[Any, Any]]],
    where: str | Callable[[Any, str], Any],
    *,
    none: Any = None,
) -> type[KnownValueFilter]:
    """Return a filter by the values of a field. `where` is its look-up, or how to narrow the rows to a value.

    `none` is what the value "none" stands for.
    """

    class Filter(KnownValueFilter):
        def known_values(self, request: HttpRequest) -> Iterable[tuple[str, Any]]:
            return [(str(value), label) for value, label in values()]

        def narrow(self, rows: Any, value: str) -> Any:
            return where(rows, value) if callable(where) else rows.filter(**{where: none if value == NONE else value})

    Filter.title, Filter.parameter_name = title, parameter
    return Filter


def yes_no(title: Any, parameter: str, where: str, *, yes: Any, no: Any) -> type[KnownValueFilter]:
    """Return a filter by a look-up that is true or false."""
    values = [("1", yes), ("0", no)]
    return known(title, parameter, lambda: values, lambda rows, value: rows.filter(**{where: value == "1"}))


class FilteredList(ChangeList):
    """A list whose filters are fields with known values. Those of `linked_filters` have links of their own."""

    linked_filters: tuple[str, ...] = ()

    @property
    def other_params(self) -> list[tuple[str, str]]:
        """The parameters without a field in the form of search and filters, such as the order."""
        names = {name for spec in self.filter_specs for name in spec.expected_parameters()}
        fields = {SEARCH_VAR, *names} - set(self.linked_filters)
        return [(name, value) for name, value in self.params.items() if name not in fields]

    @property
    def first_filters(self) -> list[Any]:
        """The filters that are always in view."""
        return self._filters()[:FIRST_FILTERS]

    @property
    def more_filters(self) -> list[Any]:
        return self._filters()[FIRST_FILTERS:]

    @property
    def has_more_chosen(self) -> bool:
        return any(spec.value() for spec in self.more_filters)

    def _filters(self) -> list[Any]:
        specs: list[Any] = self.filter_specs
        return [spec for spec in specs if spec.lookup_choices and spec.parameter_name not in self.linked_filters]

    @property
    def chosen_filters(self) -> list[tuple[str, str, str]]:
        """What the list is filtered by: the title and the value of each filter, and the address without it."""
        chosen = []
        specs: list[Any] = self.filter_specs  # all are filters by one of a list
        for spec in specs:
            labels = {str(value): str(label) for value, label in spec.lookup_choices}
            if (value := spec.value()) and spec.parameter_name not in self.linked_filters:
                address = self.get_query_string(remove=[spec.parameter_name])
                chosen.append((str(spec.title), labels.get(value, value), address))
        return chosen


class FilteredAdmin(admin.ModelAdmin):
    """An admin whose list has the bar of filters, and `list_title` above instead of 'Select …'."""

    list_title: Any = None
    show_facets = admin.ShowFacets.NEVER

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return FilteredList

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Allow the filters only: others could reveal hidden values such as ratings, or compare huge numbers."""
        return any(lookup == filter.parameter_name for filter in self.list_filter)  # type: ignore[union-attr]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list. Redirect to an address without the empty values of the filter form."""
        params = request.GET.copy()
        for name in [name for name, value in request.GET.items() if not value and name != "all"]:
            del params[name]
        if request.method == "GET" and len(params) < len(request.GET):
            return HttpResponseRedirect(f"{request.path}?{params.urlencode()}")
        title = {"title": self.list_title} if self.list_title else {}
        return super().changelist_view(request, title | (extra_context or {}))
