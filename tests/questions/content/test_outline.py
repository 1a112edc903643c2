"""Test outlines: what people type and paste, its faults by line, and that known parts stay the same."""

from dataclasses import replace

import pytest

from questions.content import outline
from questions.content.blueprint import BlueprintSpec, DomainWeight, Draw, Scale
from questions.content.outline import OutlinedDomain
from questions.content.syllabus import Syllabus

TYPED = """Working tree, 40%
- Staging
- Stash

Branches, 60%
  Merge
  Rebase
"""


SPEC = BlueprintSpec(
    code="GIT",
    version=1,
    title="Git quiz",
    short_title="Git",
    minutes=20,
    scored=10,
    unscored=0,
    scale=Scale(0, 60, 100),
    kinds=("multiple-choice",),
    exam_domains=(),
    collections=("git",),
)


def built(text: str, before: Syllabus | None = None) -> Syllabus:
    domains, faults = outline.read(text)
    assert domains is not None, faults
    return outline.build(domains, "GIT", "Git quiz", before)[0]


def topics(syllabus: Syllabus) -> list[tuple[int, str, list[str]]]:
    return [
        (domain.number, domain.title, [topic.slug for task in domain.tasks for topic in task.topics])
        for domain in syllabus.exam_domains
    ]


@pytest.mark.parametrize(
    "text",
    [
        TYPED,
        "  1. Working tree (40 %)\n    Staging\n    Stash\n  2. Branches (60 %)\n    Merge\n    Rebase",
        "# Working tree: 40%\n## Staging\n## Stash\n# Branches: 60%\n* Merge\n• Rebase",
        "Domain 1: Working tree 40%\n1.1 Staging\n1.2 Stash\nDomain 2: Branches – 60%\n2.1 Merge\n2.2. Rebase",
        "Working tree\t40%\n\tStaging\n\tStash\nBranches\t60%\n\tMerge\n\tRebase",
    ],
)
def test_outlines_are_read_as_people_write_them(text: str) -> None:
    assert outline.read(text) == (
        [
            OutlinedDomain("Working tree", 40, ("Staging", "Stash")),
            OutlinedDomain("Branches", 60, ("Merge", "Rebase")),
        ],
        [],
    )


@pytest.mark.parametrize(("text", "topics"), [("", ()), ("- Merge\n- Rebase\n", ("Merge", "Rebase"))])
def test_an_outline_without_exam_domains_has_one(text: str, topics: tuple[str, ...]) -> None:
    assert outline.read(text) == ([OutlinedDomain("", 100, topics)], [])


def test_without_weights_all_exam_domains_weigh_the_same() -> None:
    domains, _faults = outline.read("One\nTwo\nThree")
    assert domains is not None
    assert [domain.weight for domain in domains] == [34, 33, 33]


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        ("One 50%\n\nTwo", 3, "'Two' has no weight. Add one such as 40%, or leave all weights out."),
        ("One 50%\nTwo 40%", None, "The weights sum to 90. They must sum to 100."),
        ("One\n- Merge\n- merge", 3, "'merge' is on line 2 too. Keep one."),
        ("One\nTwo\nONE", 3, "'ONE' is on line 1 too. Keep one."),
        ("- Merge\nOne", 2, "Begin with an exam domain, or use topics alone."),
        ("One\n-", 2, "Give a title of 1 to 200 characters."),
        ("x" * 201, 1, "Give a title of 1 to 200 characters."),
        ("\n".join(map(str, range(100, 200))), None, "An exam has at most 99 exam domains and 500 topics."),
    ],
)
def test_faults_name_line_and_remedy(text: str, line: int | None, sentence: str) -> None:
    domains, faults = outline.read(text)
    assert domains is None
    assert (line, sentence) in [(fault.line, fault.sentence) for fault in faults]


def test_an_outline_becomes_a_syllabus_and_back() -> None:
    domains, _faults = outline.read(TYPED)
    assert domains is not None
    syllabus, weights = outline.build(domains, "GIT", "Git quiz", None)
    assert topics(syllabus) == [
        (1, "Working tree", ["git-staging", "git-stash"]),
        (2, "Branches", ["git-merge", "git-rebase"]),
    ]
    spec = replace(SPEC, exam_domains=weights)
    assert outline.write(spec, syllabus) == "Working tree, 40%\n- Staging\n- Stash\nBranches, 60%\n- Merge\n- Rebase"
    assert built(outline.write(spec, syllabus), syllabus) == syllabus
    undivided = built("- Staging")
    assert topics(undivided) == [(1, "Git quiz", ["git-staging"])]
    assert outline.write(replace(spec, exam_domains=weights[:1]), undivided) == "- Staging"


def test_known_parts_stay_the_same_when_others_come_and_go() -> None:
    before = built(TYPED)
    after = built("Hooks\n- Staging\nBranches\n- Tags\n- Rebase\n- Merge\nWorking tree\n- Stash", before)
    assert topics(after) == [
        (3, "Hooks", ["git-staging-2"]),
        (2, "Branches", ["git-tags", "git-rebase", "git-merge"]),
        (1, "Working tree", ["git-stash"]),
    ]


def test_a_part_that_is_renamed_in_its_place_stays_the_same() -> None:
    after = built("Working directory\n- Index\n- Stash\nBranches\n- Merge\n- Rebase", built(TYPED))
    assert topics(after)[0] == (1, "Working directory", ["git-staging", "git-stash"])


def test_the_first_exam_domains_of_an_exam_without_any_keep_its_questions() -> None:
    assert [domain.number for domain in built("One\nTwo", built("- Merge")).exam_domains] == [1, 2]


def test_a_line_with_an_equals_sign_says_what_an_exam_domain_draws() -> None:
    text = 'Verbs, 50%\n= german verbs-1 #week-3 #"mock exam"\n= grammar\nNouns, 50%\n- Plural'
    domains, faults = outline.read(text)
    assert (domains is not None, faults) == (True, [])
    draws = (Draw("german", ("verbs-1",), ("week-3", "mock exam")), Draw("grammar"))
    assert domains is not None
    assert [domain.draws for domain in domains] == [draws, ()]
    syllabus, weights = outline.build(domains, "GERMAN", "German", None)
    spec = replace(SPEC, exam_domains=weights, collections=("german", "grammar"))
    assert outline.write(spec, syllabus) == text


def test_without_exam_domains_what_draws_whole_collections_is_not_written() -> None:
    domain = DomainWeight(1, "All", 100, outline.whole(("a", "b")))
    spec = replace(SPEC, collections=("a", "b"), exam_domains=(domain,))
    assert outline.write(spec, None) == ""
    assert outline.write(replace(spec, collections=("a", "b", "c")), None) == "= a\n= b"


@pytest.mark.parametrize(
    ("line", "word"), [("=", ""), ("= Not_a_slug", "Not_a_slug"), ("= a B!", "B!"), ('= a #"x, y"', "x, y")]
)
def test_a_line_that_draws_nothing_possible_is_a_fault_with_its_place(line: str, word: str) -> None:
    domains, faults = outline.read(f"One\n{line}")
    assert domains is None
    assert [(fault.line, fault.sentence.startswith(f"'{word}' is no")) for fault in faults] == [(2, True)]
