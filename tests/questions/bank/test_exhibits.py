"""Test the pictures of questions: written where pixels differ, never renamed for other bytes of the same picture."""

import io
import re
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest
from django.conf import settings
from PIL import Image

pytest.importorskip("matplotlib", reason="needs the development group `figures`")

from matplotlib import pyplot as plt

from questions.bank.figures import exhibits
from questions.bank.figures.exhibits import Exhibit, drawn, look_alike, write
from questions.bank_files import question_yaml
from questions.content.picture_files import clean_picture
from questions.content.schema import QuestionContent
from tests.questions.conftest import OPTIONS, STEM
from tests.questions.management.bank_questions import THREE

VALUES = [0.9, 0.4, 0.3]


def exhibit_of(values: list[float]) -> Exhibit:
    def draw() -> plt.Figure:
        figure, axis = plt.subplots(figsize=(exhibits.WIDTH, 3))
        axis.plot(range(3), values, "o-")
        return figure

    return Exhibit(THREE, draw, lambda: "Loss of three epochs: " + " ".join(f"{value:.2f}" for value in values) + ".")


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    """Return the directory of all banks, with one question."""
    (tmp_path / "tiny" / "1").mkdir(parents=True)
    content = QuestionContent(THREE, exam_domain=1, stem=STEM, options=OPTIONS)
    (tmp_path / "tiny" / "1" / f"{THREE}.yaml").write_text(question_yaml.dump(content))
    return tmp_path


@pytest.fixture
def put(bank: Path) -> Callable[[str], None]:
    """Return what an author does: replace the picture of the question by that of a message."""

    def done(message: str) -> None:
        path = bank / "tiny" / "1" / f"{THREE}.yaml"
        content, _faults = question_yaml.read(path)
        assert content is not None
        [line] = re.findall(r"!\[.*?\]\(.*?\)", message)
        path.write_text(question_yaml.dump(replace(content, stem=f"{line}\n\n{STEM}")))

    return done


def pictures(bank: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (bank / "tiny" / "images").glob("*")}


def work(bank: Path, values: list[float]) -> list[str]:
    return list(write(bank, {THREE: exhibit_of(values)}))


def test_a_new_picture_is_written_and_the_author_gets_its_line(bank: Path, put: Callable[[str], None]) -> None:
    [message] = work(bank, VALUES)
    [name] = pictures(bank)
    assert message.endswith(f"![Loss of three epochs: 0.90 0.40 0.30.](images/{name})")
    put(message)
    assert work(bank, VALUES) == []
    assert list(pictures(bank)) == [name]


def test_the_same_pixels_in_other_bytes_rename_nothing(bank: Path, put: Callable[[str], None]) -> None:
    picture = drawn(exhibit_of(VALUES))
    file = io.BytesIO()
    image = Image.open(io.BytesIO(picture.data)).convert("RGB")
    image.putpixel((9, 9), (240, 240, 240))  # as another library smooths an edge
    image.save(file, "PNG", compress_level=1)
    other = clean_picture(file.getvalue())
    assert other.name != picture.name
    (bank / "tiny" / "images").mkdir()
    (bank / "tiny" / other.name).write_bytes(other.data)
    put(f"![Loss of three epochs: 0.90 0.40 0.30.]({other.name})")
    assert work(bank, VALUES) == []
    assert pictures(bank) == {other.name.removeprefix("images/"): other.data}


def test_other_data_is_another_picture_and_needs_a_revision(bank: Path, put: Callable[[str], None]) -> None:
    put(work(bank, VALUES)[0])
    before = set(pictures(bank))
    [message] = work(bank, [0.9, 0.4, 0.35])
    [name] = set(pictures(bank)) - before
    assert message.startswith(f"{THREE}: raise its revision")
    assert message.endswith(f"![Loss of three epochs: 0.90 0.40 0.35.](images/{name})")


def test_a_text_that_does_not_give_the_data_is_reported(bank: Path, put: Callable[[str], None]) -> None:
    message = work(bank, VALUES)[0]
    put(message.replace("0.40", "0.50"))
    [again] = work(bank, VALUES)
    assert again.startswith(f"{THREE}: raise its revision")
    assert "0.90 0.40 0.30" in again


def test_a_picture_without_its_question_is_reported(bank: Path) -> None:
    [message] = write(bank, {"gone": replace(exhibit_of(VALUES), question="gone")})
    assert message == "gone: there is no such question, or its file has faults."


def test_the_scripts_draw_pictures_of_questions_that_are_in_the_banks_alone() -> None:
    for script in sorted(Path(exhibits.__file__).parent.glob("exhibit_*.py")):
        import_module(f"questions.bank.figures.{script.stem}")
    in_banks = {path.stem for path in settings.BANKS_DIR.glob("*/*/*.yaml")}
    assert sorted(exhibits.EXHIBITS.keys() - in_banks) == []


def test_pictures_of_other_sizes_do_not_look_alike() -> None:
    files = []
    for width in (40, 41):
        file = io.BytesIO()
        Image.new("RGB", (width, 30), "white").save(file, "PNG")
        files.append(file.getvalue())
    assert not look_alike(*files)
    assert look_alike(files[0], files[0])
