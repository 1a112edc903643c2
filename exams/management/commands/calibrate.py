"""`manage.py calibrate`: estimate the difficulties of questions and store them as a new version of the scale."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from exams.services.analysis import calibration, scale_versions
from exams.services.analysis.analyzed_exams import chosen_exams
from exams.services.analysis.scale_versions import ScalePreview
from questions.models import ScaleVersion
from questions.services.errors import RefusedError


class Command(BaseCommand):
    help = "Calibrates questions from the responses in finished exams. Nothing changes until a version is activated."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--exam", metavar="CODE", help="code of the exam; default: each with finished exams apart")
        parser.add_argument(
            "--synthetic",
            action="store_true",
            help="use simulated exams alone, to try it out before there are real ones",
        )
        parser.add_argument(
            "--activate", action="store_true", help="use the new version for exams that start from now on"
        )
        parser.add_argument(
            "--json", action="store_true", help="print one JSON object; of several exams, a list of them"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            exams = chosen_exams(options["exam"], synthetic=options["synthetic"])
        except RefusedError as refused:
            raise CommandError(str(refused)) from refused
        if not exams:
            raise CommandError("There is no exam. Load one with load_bank.")
        made: list[tuple[ScaleVersion, ScalePreview]] = []
        refusals = []
        for exam in exams:
            try:
                made.append(self._calibrate(exam, synthetic=options["synthetic"], activate=options["activate"]))
            except RefusedError as refused:
                refusals.append(f"{exam}: {refused}" if len(exams) > 1 else str(refused))
        if not made:
            raise CommandError("\n".join(refusals))
        for refusal in refusals:
            self.stderr.write(refusal)
        if options["json"]:
            values = [as_json(version, preview) for version, preview in made]
            self.stdout.write(json.dumps(values if len(values) > 1 else values[0], indent=1))
            return
        for version, preview in made:
            self._print(version, preview)

    def _calibrate(self, exam: str, *, synthetic: bool, activate: bool) -> tuple[ScaleVersion, ScalePreview]:
        now = timezone.now()
        version = calibration.calibrate(exam, now, synthetic=synthetic)
        preview = scale_versions.preview(version)
        if activate:
            scale_versions.activate(version, by=None, now=now)
        return version, preview

    def _print(self, version: ScaleVersion, preview: ScalePreview) -> None:
        parameters = version.parameters
        self.stdout.write(
            f"Scale version {version.number} of {version.exam}: {parameters.count()} questions, "
            f"{parameters.filter(anchor=True).count()} of them fixed, from {version.responses} responses in "
            f"{version.candidates} exams.\n"
            f"Abilities: mean {version.mu:.2f}, SD {version.sigma:.2f} logits; the standard is 0."
        )
        before, after = preview.pass_line_before, preview.pass_line_after
        if before and after:
            self.stdout.write(
                f"The last {preview.forms} exams, before and after: pass line {before.mean:.2f} and {after.mean:.2f} "
                f"questions, {100 * (preview.pass_rate_before or 0):.0f} % and "
                f"{100 * (preview.pass_rate_after or 0):.0f} % passed."
            )
        self.stdout.write("It is active." if version.active else "It is not active. Add --activate to use it.")


def as_json(version: ScaleVersion, preview: ScalePreview) -> dict[str, Any]:
    """Return the version as one JSON object."""
    rows = version.parameters.select_related("revision__question").order_by("revision__question__code", "revision")
    return {
        "exam": version.exam,
        "scale": version.number,
        "active": version.active,
        "synthetic": version.synthetic,
        "items": [
            {
                "question": row.revision.question.code,
                "revision": row.revision.number,
                "b": row.b,
                "se": row.se,
                "n": row.n,
                "anchor": row.anchor,
            }
            for row in rows
        ],
        "mu": version.mu,
        "sigma": version.sigma,
        "reference": [item["b"] for item in version.reference],
        "preview": asdict(preview),
    }
