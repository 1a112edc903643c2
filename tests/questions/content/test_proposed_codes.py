"""Test codes that are proposed from titles."""

import unicodedata

import pytest

from questions.content.proposed_codes import code_of

TITLES = [
    ("Prüfung", "pruefung"),
    ("Übungsgröße: Straße & Maß", "uebungsgroesse-strasse-mass"),
    ("Examen final d’élève à Nîmes", "examen-final-d-eleve-a-nimes"),
    ("Año 2: señales", "ano-2-senales"),
    ("Łódź, Ærø", "lodz-aeroe"),
    ("  Git -- quiz ", "git-quiz"),
    ("考试", ""),
]


@pytest.mark.parametrize(("title", "code"), TITLES)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_letters_with_accents_stay_without_them(title: str, code: str, form: str) -> None:
    assert code_of(unicodedata.normalize(form, title)) == code
