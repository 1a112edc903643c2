"""Test rosters: pasted lists, CSV files, faults with their lines, and a class that is used again."""

import io
import random
import zipfile
from contextlib import ExitStack

import pytest
import xlsxwriter
from openpyxl import Workbook

from exams.models import Participant, RosterEntry
from exams.services.classes import participants, rosters, sittings
from exams.services.classes.rosters import Person
from exams.services.people.pasted_lists import ListFaultsError
from questions.formats import bounded_reading
from questions.services.errors import RefusedError
from tests import factories


def repeated_text(chars: int, rows: int) -> bytes:
    """Return a small workbook of 100 columns with the same text in each cell."""
    file = io.BytesIO()
    letters = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz", k=chars))
    with xlsxwriter.Workbook(file) as book:  # openpyxl would write the text again into each cell
        sheet = book.add_worksheet()
        for row in range(rows):
            sheet.write_row(row, 0, [letters] * 100)
    return file.getvalue()


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("Ana\nBen\n", [Person("Ana"), Person("Ben")]),
        ("\n\n  Ana   Silva \n\n\nBen\n   \n", [Person("Ana Silva"), Person("Ben")]),
        ("Name,E-mail,Extra minutes\nAna,ana@example.org,30", [Person("Ana", "ana@example.org", 30)]),
        ("name;email\nAna;ana@example.org\nBen;", [Person("Ana", "ana@example.org"), Person("Ben")]),
        ("Ana\tana@example.org\t15", [Person("Ana", "ana@example.org", 15)]),
        ("Ana,,20", [Person("Ana", None, 20)]),
        ("extra minutes,name\n10,Ana", [Person("Ana", None, 10)]),
        (
            'Ana\ta@example.org\t15\nStone, Ben, b@example.org\nCleo; c@example.org\n"Okoro; Dan", d@example.org',
            [
                Person("Ana", "a@example.org", 15),
                Person("Stone, Ben", "b@example.org"),
                Person("Cleo", "c@example.org"),
                Person("Okoro; Dan", "d@example.org"),
            ],
        ),
        ('"Ana\nBen', [Person("Ana"), Person("Ben")]),
        ("Silva, Ana\nStone, Ben, ben@example.org", [Person("Silva, Ana"), Person("Stone, Ben", "ben@example.org")]),
    ],
)
def test_a_list_is_read(text: str, people: list[Person]) -> None:
    assert rosters.read(text) == people


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "The list has no names."),
        ("Ana\n\nBen\nANA", "Line 4: ANA is on line 1 too. Add something that tells the two apart."),
        ("Ana,ana@example", "Line 1: 'ana@example' is not an e-mail address."),
        ("Ana Silva, notamail", "Line 1: 'notamail' is not an e-mail address."),
        ("Ana,,soon", "Line 1: 'soon' is not a number of extra minutes from 0 to 600."),
        ("Ana,,9999", "'9999' is not a number of extra minutes"),
        (f"Ana,,{'9' * 5000}", f"Line 1: '{'9' * 60}' is not a number of extra minutes from 0 to 600."),
        ("Ana,,፩", "Line 1: '፩' is not a number of extra minutes from 0 to 600."),
        ("name,email\n,ana@example.org", "Line 2 has no name."),
        ("Ana\n\u2800,ben@example.org", "Line 2 has no name."),
        ("Ana\nAna\u3164", "Line 2: Ana is on line 1 too."),
        ("A" * 81, "Line 1: the name has more than 80 characters."),
        ("\n".join(f"Person {n}" for n in range(501)), "A class has at most 500 people."),
        ("x,y@\n" * 5001, "A list has at most 5000 lines. Make two of it."),
    ],
)
def test_a_fault_is_a_sentence_with_its_line(text: str, sentence: str) -> None:
    with pytest.raises(ListFaultsError, match=sentence.replace("(", r"\(")):
        rosters.read(text)


def test_a_workbook_that_names_one_long_text_in_each_cell_is_refused_at_once() -> None:
    file = repeated_text(chars=30_000, rows=60)
    assert len(file) < 60_000
    with pytest.raises(ListFaultsError, match="The cells have too much text for a file of this size"):
        rosters.text_of(file, "class.xlsx")


def test_a_small_workbook_that_unpacks_to_a_large_one_is_refused_before_it_is_parsed() -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for row in range(90_000):
            sheet.write(row, 0, row * 7919 % 60_000)
    assert len(file.getvalue()) < 900_000
    with pytest.raises(ListFaultsError, match="This workbook is too large for a list of people"):
        rosters.text_of(file.getvalue(), "class.xlsx")


@pytest.mark.parametrize("hidden", ["xl/sharedStrings.dat", "xl/media/image1.png"])
def test_a_workbook_is_as_large_as_all_its_parts_whatever_they_are_named(hidden: str) -> None:
    """The table of contents says which part has the texts, so its name can be any."""
    before = zipfile.ZipFile(io.BytesIO(repeated_text(chars=10, rows=1)))
    strings, file = "xl/sharedStrings.xml", io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            content = before.read(name).replace(strings.encode(), hidden.encode())
            content = content.replace(b"sharedStrings.xml", hidden.removeprefix("xl/").encode())
            if name == strings:
                texts = "".join(f"<si><t>{n * 7919 % 60_000}</t></si>" for n in range(200_000))
                content = content.replace(b"</sst>", f"{texts}</sst>".encode())
            after.writestr(hidden if name == strings else name, content)
    assert len(file.getvalue()) < 1_000_000
    with pytest.raises(ListFaultsError, match="This workbook is too large for a list of people"):
        rosters.text_of(file.getvalue(), "class.xlsx")


def test_a_workbook_is_not_read_while_others_read_files() -> None:
    file = repeated_text(chars=10, rows=1)
    with ExitStack() as others:
        for _ in range(bounded_reading.FILES_AT_ONCE):
            others.enter_context(bounded_reading.place())
        with pytest.raises(ListFaultsError, match="Others are reading files now"):
            rosters.text_of(file, "class.xlsx")
    assert rosters.text_of(file, "class.xlsx")[0]


def test_a_workbook_is_read_up_to_the_eighth_column_and_400_characters_of_a_cell() -> None:
    text, _warnings = rosters.text_of(repeated_text(chars=5_000, rows=1), "class.xlsx")
    assert [len(cell) for cell in text.strip().split("\t")] == [400] * 8


def test_a_line_of_separators_alone_is_nobody() -> None:
    with pytest.raises(ListFaultsError, match="The list has no names"):
        rosters.read(";" * 1_000_000)


def test_sentences_about_faults_are_short_and_few() -> None:
    with pytest.raises(ListFaultsError) as refused:
        rosters.read("\n".join(f"Person {n},{'a' * 390}@" for n in range(500)))
    assert len(refused.value.sentences) == 101
    assert refused.value.sentences[-1] == "There are 400 more faults."
    assert max(map(len, refused.value.sentences)) < 150


def test_all_faults_are_reported_at_once() -> None:
    with pytest.raises(ListFaultsError) as refused:
        rosters.read("Ana,ana\u00e9@x\nBen,,a\nBen,,5\nBen")
    assert len(refused.value.sentences) == 3


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_file_of_a_spreadsheet_is_read(encoding: str) -> None:
    text, warnings = rosters.text_of("name;email\r\nJos\u00e9;\r\n".encode(encoding), "7b.csv")
    assert rosters.read(text) == [Person("Jos\u00e9")]
    assert bool(warnings) == (encoding == "cp1252")


@pytest.mark.django_db
def test_a_class_is_kept_and_its_list_is_replaced() -> None:
    owner = factories.user()
    roster = rosters.create(owner, "7b", rosters.read("Ana,,30\nBen"))
    ana = RosterEntry.objects.get(name="Ana")
    with pytest.raises(RefusedError, match="You have a class of this name already"):
        rosters.create(owner, " 7b ", [Person("Cleo")])

    rosters.replace(roster, "7b, spring", rosters.read("ana,ana@example.org\nCleo"))
    assert rosters.read(rosters.as_text(roster)) == [Person("ana", "ana@example.org"), Person("Cleo")]
    assert RosterEntry.objects.get(name="ana").pk == ana.pk


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name", ["Silva; Ana", "O'Hara", 'Ana "Bo" Silva', "Silva, Ana", 'a";"b,c', ";", '"', "a;b;c,5"]
)
def test_the_list_in_the_form_keeps_each_name(name: str) -> None:
    roster = rosters.create(factories.user(), "7b", [Person(name, "ana@example.org", 30), Person(name + " 2")])
    kept = rosters.read(rosters.as_text(roster))
    assert sorted(kept, key=lambda person: len(person.name)) == [
        Person(name, "ana@example.org", 30),
        Person(name + " 2"),
    ]


@pytest.mark.django_db
def test_who_is_added_to_the_class_later_gets_a_link_too_and_nobody_leaves() -> None:
    roster = rosters.create(factories.user(), "7b", rosters.read("Ana,,30\nBen"))
    sitting = factories.sitting(who="roster", roster=roster)
    rosters.replace(roster, "7b", rosters.read("Ana,,30\nCleo,,45"))
    assert sittings.add_newcomers(sitting) == 1
    assert sittings.add_newcomers(sitting) == 0
    people = Participant.objects.filter(sitting=sitting)
    assert set(people.values_list("name", "extra_minutes")) == {("Ana", 30), ("Ben", 0), ("Cleo", 45)}
    assert len(set(people.values_list("link_hash", flat=True))) == 3
    assert (sitting.latest_deadline - sitting.closes_at).total_seconds() == 45 * 60


@pytest.mark.django_db
def test_a_class_in_use_is_not_deleted() -> None:
    roster = rosters.create(factories.user(), "7b", rosters.read("Ana"))
    sitting = factories.sitting(who="roster", roster=roster)
    with pytest.raises(RefusedError, match="Exams use this class"):
        rosters.delete(roster)
    sitting.delete()
    rosters.delete(roster)
    assert not RosterEntry.objects.exists()


def test_a_workbook_is_read_as_a_list_with_the_rows_of_its_sheet() -> None:
    def workbook(*rows: list[str | int]) -> bytes:
        book, output = Workbook(), io.BytesIO()
        for row in rows:
            book.worksheets[0].append(row)
        book.save(output)
        return output.getvalue()

    data = workbook(["Name", "E-mail", "Extra time"], ["Silva, Ana", "ana@example.org", 30], [], ["Ben"])
    text, _warnings = rosters.text_of(data, "Class.XLSX")
    assert rosters.read(text) == [Person("Silva, Ana", "ana@example.org", 30), Person("Ben")]
    with pytest.raises(ListFaultsError, match="Line 3: 'nothing' is not an e-mail address"):
        rosters.read(rosters.text_of(workbook(["Ana"], ["Ben"], ["Cy", "nothing", 5]), "c.xlsx")[0])
    with pytest.raises(ListFaultsError, match=r"workbook|package|ZIP"):
        rosters.text_of(b"no workbook", "c.xlsx")


@pytest.mark.django_db
def test_a_class_keeps_the_order_of_its_list() -> None:
    roster = rosters.create(None, "7b", rosters.read("Zoe Abel\nAna Silva\nBen Ott"))
    assert rosters.as_text(roster) == "Zoe Abel\nAna Silva\nBen Ott\n"
    rosters.replace(roster, "7b", rosters.read("Ben Ott\nCleo Neu\nZoe Abel"))
    assert rosters.as_text(roster) == "Ben Ott\nCleo Neu\nZoe Abel\n"


@pytest.mark.django_db
def test_people_of_a_class_stand_by_last_name_or_as_listed() -> None:
    roster = rosters.create(None, "7b", rosters.read("Zoe Ott\nAna Silva\nBen Abel"))
    sitting = factories.sitting(who="roster", roster=roster)
    factories.joined(sitting, "Cleo Berg")
    people = list(sitting.participants.present().select_related("entry"))
    assert [person.name for person in participants.in_order(people)] == [
        "Ben Abel",
        "Cleo Berg",
        "Zoe Ott",
        "Ana Silva",
    ]
    listed = [person.name for person in participants.in_order(people, as_listed=True)]
    assert listed == ["Zoe Ott", "Ana Silva", "Ben Abel", "Cleo Berg"]


NAMESAKES = "Ana Silva,ana@example.org\nBen\nANA SILVA,a.silva@example.org,10"


def test_two_people_of_one_name_are_told_apart_by_their_addresses() -> None:
    assert rosters.read(NAMESAKES) == [
        Person("Ana Silva (ana@example.org)", "ana@example.org"),
        Person("Ben"),
        Person("ANA SILVA (a.silva@example.org)", "a.silva@example.org", 10),
    ]


@pytest.mark.parametrize(
    "second",
    [
        "Ana Silva",
        "ana silva,ANA@example.org",
        f"Ben,{'x' * 60}@{'y' * 30}.org\nBen,{'x' * 60}@{'y' * 31}.org",  # too long for a name
    ],
)
def test_namesakes_without_addresses_of_their_own_are_refused(second: str) -> None:
    with pytest.raises(ListFaultsError, match=r"too\. Add something that tells the two apart\."):
        rosters.read(f"Ana Silva,ana@example.org\n{second}")


@pytest.mark.django_db
def test_the_list_of_namesakes_is_shown_as_it_was_typed_and_they_stay_the_same_people() -> None:
    roster = rosters.create(None, "7b", rosters.read(NAMESAKES))
    assert rosters.as_text(roster) == f"{NAMESAKES}\n"
    keys = {entry.email: entry.pk for entry in roster.entries.all()}
    rosters.replace(roster, "7b", rosters.read("Ana Silva,a.silva@example.org,10\nBen"))
    entry = roster.entries.get(email="a.silva@example.org")
    assert (entry.pk, entry.name) == (keys[entry.email], "Ana Silva")
    rosters.replace(roster, "7b", rosters.read(NAMESAKES))
    assert roster.entries.get(email=entry.email).pk == entry.pk
    assert roster.entries.get(email="ana@example.org").name == "Ana Silva (ana@example.org)"
    sitting = factories.sitting(factories.small_blueprint(), who="roster", roster=roster)
    names = {str(person) for person in sitting.participants.all()}
    assert names == {"Ana Silva (ana@example.org)", "Ben", "ANA SILVA (a.silva@example.org)"}
