"""Mark word by word what has changed between two rendered texts; tables stay tables (no Django)."""

import re
from collections.abc import Iterator
from html import escape

from questions.content.text_diff import opcodes

# A whole tag, an entity, white space, a word, or one other character. Attribute values may contain '>'.
_TOKENS = re.compile(r"""<[a-zA-Z/](?:"[^"]*"|[^">])*>|&[#\w]+;|\s+|\w+|[^\w\s]""")
_END_TAGS = re.compile(r"</(?:p|td|th|li|pre)>")
_ADJACENT_INSERTIONS = re.compile(r"</ins>(\s*)<ins>")


def mark_changes(before: str, after: str) -> str:
    """Return all of `after` with new words in <ins> and deleted words in <del>.

    Both texts are results of `questions.content.markdown`. All other tags come from `after`, so the result nests as it
    does. Deleted words are placed where text is allowed.
    """
    old, new = _TOKENS.findall(before), _TOKENS.findall(after)
    out: list[str] = []
    deleted: list[str] = []
    for tag, a1, a2, b1, b2 in opcodes(old, new):
        if tag != "equal":
            deleted += _words(old[a1:a2])
        for token in new[b1:b2]:
            is_word = not _is_tag(token) and not token.isspace()
            if is_word or _END_TAGS.fullmatch(token):
                out += _take_deleted(deleted)
            out.append(f"<ins>{_escaped(token)}</ins>" if is_word and tag != "equal" else _escaped(token))
    rest = "".join(_take_deleted(deleted))
    out.append(f"<p>{rest}</p>" if rest and not _is_inline(before + after) else rest)
    return _ADJACENT_INSERTIONS.sub(r"\1", "".join(out))


def _words(tokens: list[str]) -> Iterator[str]:
    """Yield the text of tokens; a tag between two words becomes a space."""
    for token in tokens:
        yield " " if _is_tag(token) else _escaped(token)


def _take_deleted(deleted: list[str]) -> list[str]:
    """Return the deleted words as one element, and clear the list."""
    text = re.sub(r" {2,}", " ", "".join(deleted)).strip("\n")
    deleted.clear()
    return [f"<del>{text}</del>"] if text.strip() else []


def _is_tag(token: str) -> bool:
    return len(token) > 1 and token.startswith("<")


def _escaped(token: str) -> str:
    return escape(token, quote=False) if token in ("<", ">") else token


def _is_inline(html: str) -> bool:
    return not re.search(r"<(?:p|ul|ol|div|pre)\b", html)
