"""Draw the figures that study pages show, and write those that differ: `make figures`."""

import sys
from pathlib import Path

from questions.bank.figures import guide_boxes, guide_plots  # noqa: F401 - they add their figures
from questions.bank.figures.plots import FIGURES
from questions.bank_files import figures

BANK = Path(__file__).resolve().parent.parent


def main() -> int:
    """Write the figures of each guide and remove those that no page shows. Return 1 if one cannot be drawn."""
    drawn: dict[str, str] = {}
    written = removed = 0
    missing = []
    for guide in sorted(BANK.glob("*/guide")):
        shown = {name for page in guide.glob("*.md") for name in figures.names(page.read_text("utf-8"))}
        missing += [f"{guide.parent.name}: {name}" for name in sorted(shown - FIGURES.keys())]
        files = figures.figure_files(guide)
        for name in sorted(shown & FIGURES.keys()):
            svg = drawn[name] = drawn.get(name) or FIGURES[name]()
            if name not in files or files[name].read_text("utf-8") != svg:
                figures.figure_directory(guide).mkdir(exist_ok=True)
                (figures.figure_directory(guide) / f"{name}.svg").write_text(svg, "utf-8")
                written += 1
        for name in files.keys() - shown:
            files[name].unlink()
            removed += 1
    unused = sorted(FIGURES.keys() - drawn.keys())
    sys.stdout.write(f"{len(drawn)} figures of study pages: {written} files written, {removed} removed.\n")
    for line in (*(f"Nothing draws {name}." for name in missing), *(f"No page shows {name}." for name in unused)):
        sys.stdout.write(f"{line}\n")
    return 1 if missing or unused else 0


if __name__ == "__main__":
    sys.exit(main())
