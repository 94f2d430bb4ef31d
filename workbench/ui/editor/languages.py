"""The languages of the editor: suffix, comment mark, grammar; found by a session's image or by a file's name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.ui.editor.colours import Colours


@dataclass(frozen=True, slots=True)
class Language:
    """What the editor knows of a language."""

    name: str
    suffixes: tuple[str, ...]
    """The first is given to new buffers."""
    comment: str = "#"
    """Begins a comment that ends with the line; "" when there is none."""
    comment_end: str = ""
    """Ends a comment, in a language that has only such."""
    grammar: str = ""
    """The tree-sitter grammar; "" colours by `words`."""
    words: str = ""
    """The keywords, space separated."""
    aliases: tuple[str, ...] = ()
    """Other names: of images, kernels and runtimes."""


_C_WORDS = (
    "auto break case char const continue default do double else enum extern float for goto if inline int long "
    "register return short signed sizeof static struct switch typedef union unsigned void volatile while"
)
PLAIN = Language("text", (".txt", ""), comment="#")

LANGUAGES: tuple[Language, ...] = (
    Language(
        "python",
        (".py", ".pyi", ".pyw"),
        grammar="python",
        aliases=("python2", "python3", "ipython", "xpython", "py", "pytorch", "tensorflow", "jupyterlab"),
    ),
    Language("bash", (".sh", ".bash", ".zsh"), grammar="bash", aliases=("sh", "shell", "zsh")),
    Language(
        "javascript",
        (".js", ".mjs", ".cjs", ".jsx", ".ts", ".tsx"),
        comment="//",
        grammar="javascript",
        aliases=("js", "node", "nodejs", "typescript", "deno", "ijavascript"),
    ),
    Language("java", (".java",), comment="//", grammar="java", aliases=("ijava", "jshell")),
    Language("go", (".go",), comment="//", grammar="go", aliases=("golang", "gophernotes", "gonb")),
    Language("rust", (".rs",), comment="//", grammar="rust", aliases=("evcxr",)),
    Language("sql", (".sql",), comment="--", grammar="sql", aliases=("xsql", "sqlite", "postgres")),
    Language(
        "r",
        (".R", ".r", ".Rprofile"),
        words="break else for function if in next repeat return while TRUE FALSE NULL NA NaN Inf library require",
        aliases=("ir", "rbase"),
    ),
    Language(
        "julia",
        (".jl",),
        words="abstract baremodule begin break catch const continue do else elseif end export false finally for "
        "function global if import in isa let local macro module mutable nothing primitive quote return struct true "
        "try type using where while",
        aliases=("ijulia",),
    ),
    Language(
        "lua",
        (".lua",),
        comment="--",
        words="and break do else elseif end false for function goto if in local nil not or repeat return then true "
        "until while",
        aliases=("ilua", "torch"),
    ),
    Language("c", (".c", ".h"), comment="//", words=_C_WORDS, aliases=("gcc", "xc")),
    Language(
        "cpp",
        (".cpp", ".cc", ".hpp", ".cxx", ".cu"),
        comment="//",
        words=_C_WORDS + " bool catch class concept constexpr delete explicit false friend namespace new noexcept "
        "nullptr operator override private protected public template this throw true try typename using virtual",
        aliases=("c++", "xcpp", "cling", "cpp17"),
    ),
    Language(
        "ruby",
        (".rb",),
        words="alias and begin break case class def do else elsif end ensure false for if in module next nil not or "
        "require rescue return self super then true unless until when while yield",
        aliases=("iruby",),
    ),
    Language(
        "octave",
        (".m",),
        comment="%",
        words="break case catch continue do else elseif end endfor endfunction endif endwhile for function global "
        "if otherwise persistent return switch try until while",
        aliases=("matlab",),
    ),
    Language(
        "haskell",
        (".hs",),
        comment="--",
        words="case class data deriving do else if import in infix instance let module newtype of then type where",
        aliases=("ihaskell", "ghc"),
    ),
    Language(
        "scala",
        (".scala", ".sc"),
        comment="//",
        words="abstract case catch class def do else extends false final finally for given if implicit import lazy "
        "match new null object override package private protected return sealed super this throw trait true try type "
        "val var while with yield",
        aliases=("almond",),
    ),
    Language(
        "perl", (".pl", ".pm"), words="else elsif for foreach if last local my next our package redo return sub unless "
        "until use while", aliases=("iperl",),
    ),
    Language(
        "php", (".php",), comment="//", words="class echo else elseif false for foreach function if new null private "
        "public return static true use while",
    ),
    Language("markdown", (".md", ".markdown"), comment="<!--", comment_end="-->", grammar="markdown"),
    Language("json", (".json", ".ipynb"), comment="", grammar="json"),
    Language("toml", (".toml",), grammar="toml"),
    Language("yaml", (".yaml", ".yml"), grammar="yaml"),
    Language("html", (".html", ".htm"), comment="<!--", comment_end="-->", grammar="html"),
    Language("css", (".css",), comment="/*", comment_end="*/", grammar="css"),
    Language("xml", (".xml", ".svg"), comment="<!--", comment_end="-->", grammar="xml"),
    PLAIN,
)  # fmt: skip

_BY_SUFFIX = {suffix: each for each in reversed(LANGUAGES) for suffix in each.suffixes}
_BY_NAME = {name: each for each in reversed(LANGUAGES) for name in (each.name, *each.aliases)}


def of_file(name: str) -> Language:
    """The language of a file, by its suffix."""
    suffix = Path(name).suffix
    return _BY_SUFFIX.get(suffix) or _BY_SUFFIX.get(suffix.lower(), PLAIN)


def of_runtime(runtime: str) -> Language:
    """The language of a session's image, kernel or runtime: `python-tensorflow`, `r-base`, `julia-1.11`."""
    name = runtime.lower().rsplit("/", 1)[-1].split(":", 1)[0]
    words = [name, *re.split(r"[-_.\s]", name)]
    for word in [*words, *(word.rstrip("0123456789") for word in words)]:
        if word in _BY_NAME:
            return _BY_NAME[word]
    return PLAIN


def new_colours(language: Language) -> Colours | None:
    """Colours for a text of that language; None for plain text. A grammar that is not installed is done without."""
    found = _grammar(language.grammar) if language.grammar else None
    if found is not None:
        from workbench.ui.editor.colours import TreeColours

        return TreeColours(*found)
    if language.words:
        from workbench.ui.editor.lexing import WordColours

        return WordColours(language.words.split(), language.comment)
    return None


@cache
def _grammar(name: str) -> tuple[Any, Any] | None:
    try:
        from textual._tree_sitter import get_language
        from textual.widgets import TextArea
        from tree_sitter import Query

        language = get_language(name)
        if language is None:
            return None
        return language, Query(language, _query_of(name, TextArea))
    except Exception:  # noqa: BLE001 - a grammar that does not fit its query costs the colours, never the text
        return None


def _query_of(name: str, area: Any) -> str:
    query: str = area._get_builtin_highlight_query(name)  # noqa: SLF001 - the framework's own queries
    return query


def names() -> Sequence[str]:
    """Every language the editor knows."""
    return [each.name for each in LANGUAGES]
