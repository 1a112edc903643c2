"""Test that people are sorted by their last names."""

from exams.services.people.name_order import by_last_name


def test_the_last_name_is_the_last_word_or_stands_before_a_comma() -> None:
    names = ["Zoe Abel", "Ana Silva", "Öz, Can", "Cleo", "Ben Stone", "Ana Maria Pereira", "adam OTT", "Dr. Eva Zahn"]
    assert sorted(names, key=by_last_name) == [
        "Zoe Abel", "Cleo", "adam OTT", "Öz, Can", "Ana Maria Pereira", "Ana Silva", "Ben Stone", "Dr. Eva Zahn",
    ]  # fmt: skip


def test_people_of_one_last_name_are_sorted_by_the_first_name_and_the_number() -> None:
    names = ["Eva Stone (2)", "Eva Stone", "Ben Stone", "Ana (2)", "Ana"]
    assert sorted(names, key=by_last_name) == ["Ana", "Ana (2)", "Ben Stone", "Eva Stone", "Eva Stone (2)"]


def test_who_has_no_name_any_more_comes_last() -> None:
    assert sorted(["", "Zoe Zahn", "(2)"], key=by_last_name) == ["(2)", "Zoe Zahn", ""]
