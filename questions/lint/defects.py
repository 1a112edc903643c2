"""Defects: what makes a question unusable or unfair whatever it asks."""

import re

from questions.content.formulas import formula_faults
from questions.content.pictures import PICTURE
from questions.content.prose import ask, comparable, prose, shown, without_code
from questions.content.schema import MULTIPLE_CHOICE, MULTIPLE_RESPONSE, QuestionContent, option_letters
from questions.lint.rules import Context, E, Findings, W, rule

_NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
_SELECT = re.compile(
    r"\((?:select|choose|pick|mark)\b([^()]*)\)"
    r"|(?:^|[.?!]\s+)(?:select|choose|pick)\s+(?:the\s+|any\s+)?((?:one|two|three|four|five|six|[1-6]|all)\b)",
    re.IGNORECASE,
)
_ABOVE = re.compile(
    r"\b(?:all|none|any|both|neither|either)\s+of\s+(?:(?:the\s+)?(?:above|preceding|(?:other\s+)?(?:options|answers))\b"
    r"|(?:these|those)\W*\Z)",
    re.IGNORECASE,
)
_LETTERS = r"\(?[A-F]\)?(?:\s*,\s*\(?[A-F]\)?)*\s*+,?\s*+(?:and|or|&)\s*\(?[A-F]\)?"
_COMBINED = re.compile(
    rf"\A(?:(?:[Bb]oth|[Ee]ither|[Oo]nly)\s+)?(?:(?:[Oo]ptions?|[Aa]nswers?|[Cc]hoices?)\s+(?:[1-6]\s*(?:and|or|&)\s*[1-6]|{_LETTERS})"
    rf"|{_LETTERS})(?:\s+only)?\W*\Z"
)
_ARTICLE = re.compile(r"\b(?:a|an)\s*+[:…._]*+\s*+\Z", re.IGNORECASE)
_TAG = re.compile(
    r"</?[a-zA-Z][a-zA-Z0-9]*(?:\s[^<>]*)?/?>|&(?:[a-zA-Z]{2,8}|#[0-9]{2,5});|!\[[^\[\]]*\]\(|\[/?(?:b|i|u|img|code|tag:[^\[\]]*)\]"
)
_PLACE = re.compile(
    r"\b(?:[Oo]ption|[Aa]nswer|[Cc]hoice|[Aa]lternative|[Dd]istractor)s?\s+(?:\(?[A-F]\)?(?![\w'/-])|\(?[b-f]\)?(?![\w'/-]))"
    r"|\b(?:[Oo]ption|[Cc]hoice)s?\s+[1-6]\b"
    r"|\b(?:[Ff]irst|[Ss]econd|[Tt]hird|[Ff]ourth|[Ff]ifth|[Ss]ixth|[Ll]ast|[Pp]revious|[Pp]receding|[Nn]ext)\s+(?:option|answer|choice|alternative)s?\b"
    r"|\b(?:options?|answers?|choices?)\s+(?:above|below)\b"
    r"|\A\(?[A-F]\)|\A[A-F]\s+(?:is|was|would|fails|cannot|does|can)(?![\w-])"
)  # fmt: skip


@rule("choose-mismatch", E)
def choose_mismatch(question: QuestionContent, context: Context) -> Findings:
    """The number in "(Select TWO.)", the kind and the number of keys must agree."""
    keys = len(question.keys)
    match = _SELECT.search(prose(question.stem))
    if match:
        stated = next(
            (n for word, n in _NUMBERS.items() if re.search(rf"\b({word}|{n})\b", match[0], re.IGNORECASE)), 0
        )
        if not stated:
            yield "stem", f"The stem says '{match[0].strip()}'. Give the number: {keys} options are correct."
        elif stated != keys:
            yield "stem", f"The stem asks for {stated}, but {keys} are marked as correct. Change one of them."
    if question.kind == MULTIPLE_CHOICE and keys > 1:
        yield (
            "kind",
            f"A multiple-choice question has one key, but this has {keys}. Change the kind to multiple-response.",
        )
    if question.kind == MULTIPLE_CHOICE and match and keys == 1:
        yield "kind", "A multiple-choice question does not say how many to select. Remove it from the stem."
    if question.kind == MULTIPLE_RESPONSE and keys == 1:
        yield (
            "kind",
            "A multiple-response question needs at least two keys. Add a key, or change the kind to multiple-choice.",
        )


@rule("select-missing", E)
def select_missing(question: QuestionContent, context: Context) -> Findings:
    """The stem of a multiple-response question ends with "(Select TWO.)" or the like."""
    if question.kind == MULTIPLE_RESPONSE and not _SELECT.search(prose(question.stem)):
        yield "stem", "The stem does not say how many options to select. End it with '(Select TWO.)'."


@rule("duplicate-options", E)
def duplicate_options(question: QuestionContent, context: Context) -> Findings:
    """No two options are the same, apart from spaces, punctuation at the end, and capitals outside of code."""
    first: dict[str, tuple[str, str]] = {}  # letter and text as written, by the text that is compared
    letters = option_letters(question)
    for option in question.options:
        written, text = (" ".join(shown(each).split()).rstrip(".;,") for each in (option.text, comparable(option.text)))
        letter, other = first.setdefault(text, (letters[option.id], written))
        if letter == letters[option.id]:
            continue
        sentence = f"This option is the same as option {letter}. Rewrite one of them."
        if written != other:
            sentence = (
                f"This option differs from option {letter} only in capitals. Rewrite one of them, or put backticks"
                " around code, such as `-D`."
            )
        yield f"options.{option.id}.text", sentence


@rule("above-option", E)
def above_option(question: QuestionContent, context: Context) -> Findings:
    """No option is "all of the above" or "none of the above": options are shuffled."""
    return _options(
        question, _ABOVE, "Do not use 'all of the above' or 'none of the above', because options are shuffled."
    )


@rule("combined-options", E)
def combined_options(question: QuestionContent, context: Context) -> Findings:
    """No option is a combination of others ("A and C")."""
    return _options(question, _COMBINED, "This option refers to other options by letter. Write out its meaning.")


def _options(question: QuestionContent, pattern: re.Pattern[str], sentence: str) -> Findings:
    for option in question.options:
        if pattern.search(prose(option.text)):
            yield f"options.{option.id}.text", sentence


@rule("article-cue", E)
def article_cue(question: QuestionContent, context: Context) -> Findings:
    """A stem that ends with a or an fits all options by sound."""
    if _ARTICLE.search(ask(question.stem)):
        starts = {prose(option.text)[:1].lower() in "aeiou" for option in question.options}
        if len(starts) > 1:
            yield (
                "stem",
                "The stem ends with an article that fits only some options. Move it into the options.",
            )


@rule("leftover-markup", E)
def leftover_markup(question: QuestionContent, context: Context) -> Findings:
    """No HTML tags, entities, images, unpaired ** or open code blocks are left in a text."""
    for field, text in texts(question):
        match = _TAG.search(prose(text))
        if match:
            yield (
                field,
                f"'{match[0][:40]}' is markup of another format. Remove it, or put it in backticks.",
            )
        if len(re.findall(r"^[ \t]*(?:```|~~~)", text, re.MULTILINE)) % 2:
            yield field, "A code block is not closed. Close it with ```."
        elif re.sub(r"`[^`]*`", "", re.sub(r"```.*?```", "", text, flags=re.DOTALL)).count("**") % 2:
            yield field, "A ** has no matching **. Close the bold text, or remove the **."


@rule("broken-formula", E)
def broken_formula(question: QuestionContent, context: Context) -> Findings:
    """Each formula between $ or $$ is TeX that can be shown."""
    for field, text in texts(question):
        if "$" in text:
            yield from ((field, sentence) for sentence in formula_faults(without_code(text)))


@rule("picture-without-alt", E)
def picture_without_alt(question: QuestionContent, context: Context) -> Findings:
    """Each picture has an alternative text for those who cannot see it."""
    for field, text in texts(question):
        if any(not match["alt"].strip() for match in PICTURE.finditer(text)):
            yield field, "A picture has no alternative text. Say in the brackets, ![…], what it shows."


@rule("unknown-picture", E)
def unknown_picture(question: QuestionContent, context: Context) -> Findings:
    """Each picture that a text names is stored."""
    for field, text in texts(question):
        names = {match["name"] for match in PICTURE.finditer(text)}
        if missing := sorted(names & context.unknown_pictures):
            yield field, f"There is no picture '{missing[0][:20]}…'. Upload it, and write what the upload shows."


@rule("no-key", E)
def no_key(question: QuestionContent, context: Context) -> Findings:
    """At least one option is correct."""
    if not question.keys:
        yield "options", "No option is marked as correct. Mark the key."


@rule("all-keys", E)
def all_keys(question: QuestionContent, context: Context) -> Findings:
    """At least one option is wrong."""
    if question.options and not question.distractors:
        yield "options", "All options are marked as correct. Add distractors."


@rule("place-in-rationale", E)
def place_in_rationale(question: QuestionContent, context: Context) -> Findings:
    """Rationales and explanations name no letter and no position: options are shuffled."""
    for field, text in texts(question):
        match = _PLACE.search(prose(text)) if "rationale" in field or field == "explanation" else None
        if match:
            yield (
                field,
                f"'{match[0]}' refers to a letter or position, but options are shuffled. Describe the option instead.",
            )


@rule("near-duplicate", E)
def near_duplicate(question: QuestionContent, context: Context) -> Findings:
    """No other question shares half of the four-word sequences (Jaccard >= 0.5) of stem and options."""
    for other, share in context.near_duplicates.matches(question) if context.near_duplicates else ():
        yield (
            "stem",
            f"This is nearly the same question as {other} ({share:.0%} of the word sequences). Rewrite one of them.",
        )


@rule("missing-explanation", E, installed=W)
def missing_explanation(question: QuestionContent, context: Context) -> Findings:
    """Every question has an explanation."""
    if not question.explanation.strip():
        yield "explanation", "The explanation is missing. Explain why the key meets each constraint."


@rule("missing-rationale", E, installed=W)
def missing_rationale(question: QuestionContent, context: Context) -> Findings:
    """Every option, key or not, has a rationale."""
    for option in question.options:
        if not option.rationale.strip():
            yield (
                f"options.{option.id}.rationale",
                "The rationale is missing. Explain why this option is right or wrong.",
            )


@rule("missing-reference", E, installed=W)
def missing_reference(question: QuestionContent, context: Context) -> Findings:
    """Every question names at least one page that backs its key."""
    if not question.references:
        yield "references", "There is no reference. Add a documentation page that supports the key."


@rule("insecure-reference", W)
def insecure_reference(question: QuestionContent, context: Context) -> Findings:
    """References use HTTPS: anyone on the way can change a page that does not."""
    for reference in question.references:
        if reference.url.lower().startswith("http://"):
            yield "references", f"{reference.url} begins with http://. Use the https:// address of the page."


@rule("topic-not-assigned", E, installed=W)
def topic_not_assigned(question: QuestionContent, context: Context) -> Findings:
    """Every question has a task, a topic and at least one point of the syllabus, if it has any."""
    syllabus = context.syllabus
    if question.topic is None and (syllabus is None or syllabus.topics):
        yield "topic", "The question has no task and topic of the syllabus. Assign them."
    topic = syllabus.topics.get(question.topic or "") if syllabus else None
    has_points = topic.points if topic else syllabus is None or syllabus.points
    if not question.points and has_points:
        yield "points", "The question names no point of the syllabus. Assign one to three."


def texts(question: QuestionContent) -> Findings:
    """Yield all texts of a question with their field paths."""
    yield "stem", question.stem
    for option in question.options:
        yield f"options.{option.id}.text", option.text
        yield f"options.{option.id}.rationale", option.rationale
    yield "explanation", question.explanation
