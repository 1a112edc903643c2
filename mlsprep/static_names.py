"""Names of static files with a hash of their content: browsers keep such files for good, and a deploy mixes none."""

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage


class HashedNames(ManifestStaticFilesStorage):
    """What `collectstatic` has stored has the hash in its name, also where a script imports another one.

    Without `collectstatic`, as under `serve` on a laptop, there is no manifest, and names are as they are.
    """

    support_js_module_import_aggregation = True
    max_post_process_passes = 20  # the longest chain of imports: each pass corrects the names one step further

    def stored_name(self, name: str) -> str:
        """Return the name with the hash; that of a file which was not collected as it is, so that the page appears."""
        return str(self.hashed_files.get(self.hash_key(name)) or name)
