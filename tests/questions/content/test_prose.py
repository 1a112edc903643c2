"""Test that prose excludes tables and code blocks."""

import pytest

from questions.content.prose import CODE, ask, numeric, prose, sentences, split_ask, words

STEM = """\
A model of Acme Inc. runs on ml.p4d.24xlarge, i.e. with `max_depth` at 6. It *fails*.

| Rows | Cost |
|---|--:|
| always | never |

```text
never [x] always
```

Which step helps? (Select TWO.)"""


def test_tables_and_code_blocks_are_not_prose_and_inline_code_is_one_word() -> None:
    text = prose(STEM)
    assert "never" not in text
    assert "|" not in text
    assert "*" not in text
    assert words("Set `max_depth` to 1,000.") == ("set", CODE, "to", "1,000")


def test_an_unclosed_code_block_reaches_to_the_end() -> None:
    assert prose("Look:\n\n```\nnever") == "Look:"


def test_abbreviations_and_instance_types_do_not_end_a_sentence() -> None:
    first = STEM.split("\n")[0]
    assert len(sentences(first)) == 2
    assert sentences("It costs 1.5 USD. Use vs. drop? Yes.") == ["It costs 1.5 USD.", "Use vs. drop?", "Yes."]
    assert sentences("") == []


def test_the_question_is_the_last_sentence_including_its_select() -> None:
    assert ask(STEM) == "Which step helps?"
    assert split_ask("It fails. Which step helps? (Select TWO.)") == ("It fails.", "Which step helps? (Select TWO.)")
    assert split_ask("Which step helps?") == ("", "Which step helps?")
    assert ask("Which step helps?\n\n| a | b |\n|---|---|\n| 1 | 2 |") == "Which step helps?"
    assert ask("") == ""


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0.70", 0.7), ("5 shards", 5), ("1,200 USD.", 1200), ("$3.50", 3.5), ("`11.4`", 11.4), ("−2%", -2),
        ("40 GB a day", None), ("five shards", None), ("3 shards with 2 readers", None), ("", None),
    ],
)  # fmt: skip
def test_an_option_that_is_a_number_with_its_unit_is_numeric(text: str, number: float | None) -> None:
    assert numeric(text) == number
