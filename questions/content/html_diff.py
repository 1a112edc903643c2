"""What has changed between two rendered texts, word by word, as readers see them: tables stay tables (no Django)."""

import re
from collections.abc import Iterator
from html import escape

from questions.content.text_diff import steps

# A tag whole, an entity, white space, a word, or one other sign. Values of attributes may hold a '>'.
_TOKENS = re.compile(r"""<[a-zA-Z/](?:"[^"]*"|[^">])*>|&[#\w]+;|\s+|\w+|[^\w\s]""")
_ENDS = re.compile(r"</(?:p|td|th|li|pre)>")
_JOINTS = re.compile(r"</ins>(\s*)<ins>")


def changed(before: str, after: str) -> str:
    """Two results of `questions.content.markdown` as one: all of `after`, new words in <ins>, gone ones in <del>.

    Tags come from `after` alone, so the outcome nests as it does; words that are gone stand where text may stand.
    """
    one, two = _TOKENS.findall(before), _TOKENS.findall(after)
    out: list[str] = []
    gone: list[str] = []
    for change, a, b, c, d in steps(one, two):
        if change != "equal":
            gone += _words(one[a:b])
        for token in two[c:d]:
            if _ENDS.fullmatch(token) or not (_is_tag(token) or token.isspace()):
                out += _deleted(gone)
            is_word = not _is_tag(token) and not token.isspace()
            out.append(f"<ins>{_safe(token)}</ins>" if is_word and change != "equal" else _safe(token))
    rest = "".join(_deleted(gone))
    out.append(f"<p>{rest}</p>" if rest and not _inline(before + after) else rest)
    return _JOINTS.sub(r"\1", "".join(out))


def _words(tokens: list[str]) -> Iterator[str]:
    """The text of tokens; where a tag stood between two words, a space."""
    for token in tokens:
        yield " " if _is_tag(token) else _safe(token)


def _deleted(gone: list[str]) -> list[str]:
    """What is gone as one piece, and nothing is waiting any more."""
    text = re.sub(r" {2,}", " ", "".join(gone)).strip("\n")
    gone.clear()
    return [f"<del>{text}</del>"] if text.strip() else []


def _is_tag(token: str) -> bool:
    return len(token) > 1 and token.startswith("<")


def _safe(token: str) -> str:
    return escape(token, quote=False) if token in ("<", ">") else token


def _inline(html: str) -> bool:
    return not re.search(r"<(?:p|ul|ol|div|pre)\b", html)
