"""Draw the figures of study pages and questions, and write those that differ: `make figures`."""

import sys
from importlib import import_module
from pathlib import Path

from questions.bank.figures import boxes, exhibits, guide_plots  # noqa: F401 - they add their figures
from questions.bank.figures.plots import FIGURES
from questions.bank_files import figures

BANK = Path(__file__).resolve().parent.parent


def main() -> int:
    """Write all figures that differ. Return 1 if something is left to do, which is printed."""
    to_do = [*write_guides(), *write_exhibits()]
    for line in to_do:
        sys.stdout.write(f"{line}\n")
    return 1 if to_do else 0


def write_exhibits() -> list[str]:
    """Write the pictures that the scripts `exhibit_*.py` draw for questions. Return what authors have to do."""
    for script in sorted(Path(__file__).parent.glob("exhibit_*.py")):
        import_module(f"questions.bank.figures.{script.stem}")
    sys.stdout.write(f"{len(exhibits.EXHIBITS)} pictures of questions.\n")
    return list(exhibits.write(BANK, exhibits.EXHIBITS))


def write_guides() -> list[str]:
    """Write the figures of each guide and remove those that no page shows. Return the names that do not match."""
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
    return [*(f"Nothing draws {name}." for name in missing), *(f"No page shows {name}." for name in unused)]


if __name__ == "__main__":
    sys.exit(main())
