"""The path of PUBLIC_URL, which a proxy may have stripped from a request or not."""

from django.urls import is_valid_path


def path_inside_site(path: str, prefix: str) -> str:
    """Return the path without the prefix, whether or not the proxy has stripped it.

    With a prefix like /exams, the path alone does not tell: /exams/CODE/ is also a page of the site. So a path
    that is a page as it is loses the prefix only if the rest is a page, too.
    """
    if not prefix or not (path == prefix or path.startswith(prefix + "/")):
        return path
    rest = path.removeprefix(prefix) or "/"
    return path if is_valid_path(path) and not is_valid_path(rest) else rest
