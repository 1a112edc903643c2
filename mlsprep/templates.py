"""The loader of the project's templates: it leaves out the indentation, an eighth of the bytes of a page."""

import re

from django.template import Origin
from django.template.loaders import filesystem

INDENTATION = re.compile(r"\n[ ]+")


class UnindentedLoader(filesystem.Loader):
    def get_contents(self, origin: Origin) -> str:
        return INDENTATION.sub("\n", super().get_contents(origin))
