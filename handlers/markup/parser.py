"""The Markdown of a message: CommonMark, bounded in its work, and what prose needs more.

markdown-it is asked for everything that CommonMark says. What is ours: work is counted and
given up beyond a bound; links in prose; emphasis beside scripts without spaces; a picture
is a link; `__init__.py` and a shrug stay what they are.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from html import escape
from types import SimpleNamespace
from typing import Any, Literal

from markdown_it import MarkdownIt, helpers
from markdown_it.parser_block import ParserBlock
from markdown_it.parser_inline import ParserInline
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock, reference, table
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline, autolink, link
from markdown_it.rules_inline.state_inline import Scanned
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from handlers.markup import code, prose

Rule = Callable[..., bool]
SCHEMES = ("http://", "https://", "mailto:")
# What things cost, in steps of about a microsecond; measured, see tests/handlers/markup.
BLOCK_RULE_STEPS, BLOCK_STEPS, ITEM_STEPS = 1, 5, 6
CHARACTER_STEPS, TOKEN_STEPS = 2, 5
LINK_STEPS, CELL_STEPS = 40, 14
CHARACTERS_A_STEP = 8  # of the address of a link
_BETWEEN_ANGLES = re.compile(r"<[^<>\x00-\x20]*>")  # ends at the next `<` at the latest
_PART = r"[^\x00-\x20\x7f()\\]++|\\[^ ]"  # of the address of a link
# At least as far as one is looked for: to its end, or to the end of all.
_DESTINATION = re.compile(rf"(?:{_PART}|\((?:{_PART})*+\))*+\)|(?:{_PART}|[()])*")
_DUNDER = re.compile(r"__[A-Za-z]\w{0,80}?__(?![\w_])")  # Its end is looked for each time.
_PROSE = ["paragraph_open", "inline"]
_SHRUG = re.compile(r"\\_\([^\s()]{1,4}\)_/¯")
_TASK = re.compile(r"\[([ xX])\] (?=\S)")
_ALIGNED = "text-align:"


class _State(StateInline):
    """A state that counts its tokens, and knows scripts without spaces."""

    def push(self, ttype: str, tag: str, nesting: Literal[-1, 0, 1]) -> Token:
        self.env["work"].take(LINK_STEPS if ttype == "link_open" else TOKEN_STEPS)
        return super().push(ttype, tag, nesting)

    def scanDelims(self, start: int, canSplitWord: bool) -> Scanned:  # noqa: N802, N803
        """The delimiters of emphasis, as CommonMark says; see `_is_wide`."""
        stop, marker = start + 1, self.src[start]
        while stop < self.posMax and self.src[stop] == marker:
            stop += 1
        last = self.src[start - 1] if start > 0 else " "
        following = self.src[stop] if stop < self.posMax else " "
        if not _is_wide(last) and not _is_wide(following):
            return super().scanDelims(start, canSplitWord)
        opens = _flanks(last, following)
        closes = _flanks(following, last)
        return Scanned(
            opens and (canSplitWord or not closes or _is_punctuation(last)),
            closes and (canSplitWord or not opens or _is_punctuation(following)),
            stop - start,
        )


class _Inline(ParserInline):
    """Counts each character at which markup may begin."""

    def skipToken(self, state: StateInline) -> None:  # noqa: N802
        state.env["work"].take(CHARACTER_STEPS)
        super().skipToken(state)

    def parse(
        self, src: str, md: MarkdownIt, env: EnvType, tokens: list[Token]
    ) -> list[Token]:
        state = _State(src, md, env, tokens)
        self.tokenize(state)
        for rule in self.ruler2.getRules(""):
            rule(state)
        return state.tokens


class _BlockState(StateBlock):
    """A state that counts the items of lists: one rule makes a whole list."""

    def push(self, ttype: str, tag: str, nesting: Literal[-1, 0, 1]) -> Token:
        self.env["work"].take(ITEM_STEPS if ttype == "list_item_open" else 0)
        return super().push(ttype, tag, nesting)


class _Block(ParserBlock):
    def parse(
        self,
        src: str,
        md: MarkdownIt,
        env: EnvType,
        outTokens: list[Token],  # noqa: N803
    ) -> list[Token]:
        state = _BlockState(src, md, env, outTokens)
        self.tokenize(state, state.line, state.lineMax)
        return state.tokens


def make() -> MarkdownIt:
    """A parser; its `env` holds `work`, and what `prose` asks for."""
    markdown = MarkdownIt()
    markdown.block, markdown.inline = _Block(), _Inline()
    markdown.configure("commonmark", {"html": False, "breaks": True})
    markdown.helpers = SimpleNamespace(**vars(helpers) | {"parseLinkLabel": _link_label})  # type: ignore[assignment]
    markdown.validateLink = is_safe  # type: ignore[method-assign]
    markdown.normalizeLinkText = _as_written  # type: ignore[assignment,method-assign]
    for rule in markdown.block.ruler.__rules__:
        rule.fn = _OWN_RULES.get(rule.name) or _counted(rule.fn)
    inline = markdown.inline.ruler
    inline.before("text", "count", _count)
    inline.at("linkify", _address)
    inline.at("link", _link)
    inline.at("image", _image)
    inline.at("autolink", _autolink)
    inline.before("escape", "shrug", _shrug)
    inline.before("emphasis", "dunder", _dunder)
    markdown.enable(["linkify", "strikethrough", "table", "count", "shrug", "dunder"])
    markdown.disable(["html_inline", "html_block"])
    markdown.core.ruler.disable("linkify")
    markdown.core.ruler.before("text_join", "prose", _mark_prose)
    markdown.core.ruler.before("prose", "tasks", _mark_tasks)
    markdown.add_render_rule("mention", _mention)
    markdown.add_render_rule("link_open", _link_open)
    markdown.add_render_rule("fence", _fence)
    for cell in ("th_open", "td_open"):
        markdown.add_render_rule(cell, _cell_open)
    return markdown


def is_safe(url: str) -> bool:
    """True if a link may lead there."""
    return url.lower().startswith(SCHEMES)


def _as_written(url: str) -> str:
    return url


def _counted(rule: Rule) -> Rule:
    def counted(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        work = state.env["work"]
        work.take(BLOCK_RULE_STEPS)
        if not rule(state, start, end, silent):
            return False
        work.take(0 if silent else BLOCK_STEPS)
        return True

    return counted


def _reference(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """The address of links elsewhere: `[name]: https://example.org`."""
    is_one = state.src.startswith("[", state.bMarks[start] + state.tShift[start])
    state.env["work"].take(LINK_STEPS if is_one else BLOCK_RULE_STEPS)
    return is_one and reference(state, start, end, silent)


def _bounded_table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Count a table's cells before it is made: short rows are filled up."""
    work = state.env["work"]
    work.take(BLOCK_RULE_STEPS)
    if silent or not table(state, start, end, True):
        return silent and table(state, start, end, True)
    columns = state.src.count("|", state.bMarks[start], state.eMarks[start]) + 1
    rows = 1
    while start + rows < end and not state.isEmpty(start + rows):
        rows += 1
        work.take(columns * CELL_STEPS)
    return table(state, start, end, False)


def _count(state: StateInline, silent: bool) -> bool:
    """No markup: the first rule, which counts that others are asked."""
    state.env["work"].take(CHARACTER_STEPS)
    return False


def _address(state: StateInline, silent: bool) -> bool:
    """An address in prose: `https://example.org/x`."""
    if state.linkLevel or state.src[state.pos] != ":":
        return False
    if state.src.startswith("//", state.pos + 1):
        state.env["work"].take(
            LINK_STEPS // 2
        )  # How far it goes is looked at anew each time.
    found = prose.address_at(state.src, state.pos, state.posMax, state.pending)
    if found is None:
        return False
    if not silent:
        state.pending = state.pending[: -len(found.scheme)]
        _push_link(state, found.url, found.url)
    state.pos = found.end
    return True


def _push_link(state: StateInline, href: str, text: str) -> None:
    state.push("link_open", "a", 1).attrs = {"href": href}
    state.push("text_special", "", 0).content = text
    state.push("link_close", "a", -1)


def _link(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] != "[":
        return False
    state.env["work"].take(2 * TOKEN_STEPS)
    return link(state, silent)


def _link_label(state: StateInline, start: int, disableNested: bool = False) -> int:  # noqa: N803
    """The end of a link's text, which counts the way to the end of its address."""
    end = helpers.parseLinkLabel(state, start, disableNested)
    if end >= 0 and state.src.startswith("(", end + 1):
        address = _DESTINATION.match(state.src, end + 2, state.posMax)
        state.env["work"].take(len(address[0]) // CHARACTERS_A_STEP if address else 0)
    return end


def _autolink(state: StateInline, silent: bool) -> bool:
    """An address between angle brackets, unless something in it hides or turns the rest."""
    found = _BETWEEN_ANGLES.match(state.src, state.pos, state.posMax)
    if found is None or prose.hides(state.src, state.pos, found.end()):
        return False
    return autolink(state, silent)


def _image(state: StateInline, silent: bool) -> bool:
    """A picture is a link: pages fetch nothing from other hosts. In a link it is text."""
    start = state.pos
    if not state.src.startswith("![", start):
        return False
    state.pos += 1
    if not _link(state, silent or state.linkLevel > 0):
        state.pos = start
        return False
    if state.linkLevel and not silent:
        end, state.pos = state.pos, start + 1
        stop = state.md.helpers.parseLinkLabel(state, start + 1, False)
        state.pos = end
        state.append_pending(state.src[start + 2 : stop])
    return True


def _shrug(state: StateInline, silent: bool) -> bool:
    r"""The arm of ¯\_(ツ)_/¯, which is no escape."""
    if state.src[state.pos] != "\\" or not state.src.endswith("¯", 0, state.pos):
        return False
    return _literal(state, _SHRUG.match(state.src, state.pos, state.posMax), silent)


def _dunder(state: StateInline, silent: bool) -> bool:
    """A name of Python's, like that of `__init__.py`: it is not bold."""
    if not state.src.startswith("__", state.pos) or state.src.endswith("_", 0, state.pos):
        return False
    found = _DUNDER.match(state.src, state.pos, state.posMax)
    if found is None:
        return False
    before = state.src[max(0, state.pos - 2) : state.pos]
    after = state.src[found.end() : found.end() + 2]
    is_part = len(before) == 2 and before[1] == "." and bool(re.match(r"\w", before))
    if not is_part and not re.match(r"\.\w|\(", after):
        return False
    return _literal(state, found, silent)


def _literal(state: StateInline, found: re.Match[str] | None, silent: bool) -> bool:
    if found is None:
        return False
    if not silent:
        state.append_pending(found[0])
    state.pos = found.end()
    return True


def _mark_tasks(state: StateCore) -> None:
    """`- [ ] a task` in a list."""
    for at, item in enumerate(state.tokens):
        inside = state.tokens[at + 1 : at + 3]
        if item.type != "list_item_open" or [each.type for each in inside] != _PROSE:
            continue
        found, (first, *_) = _TASK.match(inside[1].content), inside[1].children or [item]
        if found and first.type == "text" and first.content.startswith(found[0]):
            item.attrSet("class", "task")
            box = "☐" if found[1] == " " else "☑"
            first.content = f"{box} {first.content[found.end() :]}"


def _mark_prose(state: StateCore) -> None:
    for block in state.tokens:
        if block.type == "inline" and block.children and prose.may_hold(block.content):
            block.children = _marked(block.children, state.env)


def _marked(tokens: Sequence[Token], env: EnvType) -> list[Token]:
    marked: list[Token] = []
    in_link = 0
    for token in tokens:
        in_link += (token.type == "link_open") - (token.type == "link_close")
        if token.type == "text" and not in_link and prose.may_hold(token.content):
            marked += _split(token.content, env)
        else:
            marked.append(token)
    return marked


def _split(text: str, env: EnvType) -> list[Token]:
    tokens: list[Token] = []
    end = 0
    for found in prose.find(text, env["names"], env["rooms"]):
        env["work"].take(3 * TOKEN_STEPS)
        tokens.append(Token("text", "", 0, content=text[end : found.start]))
        end = found.end
        shown = text[found.start : end]
        if found.kind == "mention":
            env["found"][found.to] = None
            tokens.append(Token("mention", "", 0, content=shown, meta={"name": found.to}))
        else:
            tokens += [
                Token("link_open", "a", 1, attrs={"href": found.to}),
                Token("text_special", "", 0, content=shown),
                Token("link_close", "a", -1),
            ]
            if found.kind == "room":
                room = found.to.rpartition("/")[2]
                tokens[-3].attrs["class"] = env["rooms"][room]
    return [*tokens, Token("text", "", 0, content=text[end:])]


def _is_wide(letter: str) -> bool:
    """A character of a script without spaces, or its punctuation.

    CommonMark knows words by their spaces. Beside these, punctuation is no reason why
    emphasis should not begin or end.
    """
    return letter >= "\u1100" and unicodedata.east_asian_width(letter) in "WFH"


def _is_punctuation(letter: str) -> bool:
    return unicodedata.category(letter)[0] in "PS"


def _flanks(before: str, after: str) -> bool:
    if after.isspace():
        return False
    if not _is_punctuation(after) or _is_wide(after):
        return True
    return before.isspace() or _is_punctuation(before) or _is_wide(before)


def _mention(self: RendererHTML, tokens: Sequence[Token], index: int, *_: Any) -> str:
    name, shown = escape(tokens[index].meta["name"]), escape(tokens[index].content)
    return f'<span class="mention" data-name="{name}">{shown}</span>'


def _link_open(self: RendererHTML, tokens: Sequence[Token], index: int, *more: Any) -> str:
    if "class" not in tokens[index].attrs:
        tokens[index].attrSet("rel", "noopener noreferrer nofollow")
        tokens[index].attrSet("target", "_blank")
    return self.renderToken(tokens, index, *more)


def _fence(
    self: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    options: OptionsDict,
    env: EnvType,
) -> str:
    """A block of code, in colours if its language is known and there is work left."""
    language, *_ = tokens[index].info.split() or [""]
    content = tokens[index].content
    env["colours"] = env.get("colours", 0) - len(content)
    if env["colours"] < 0 or not env["work"].allows(code.MAX_STEPS):
        return self.fence(tokens, index, options, env)
    html, steps = code.coloured(content, language)
    env["work"].take(steps)
    if html is None:
        return self.fence(tokens, index, options, env)
    return f'<pre><code class="language-{escape(language)}">{html}</code></pre>\n'


def _cell_open(self: RendererHTML, tokens: Sequence[Token], index: int, *more: Any) -> str:
    """Align a cell by an attribute: a strict content policy forbids styles in markup."""
    style: Any = tokens[index].attrs.pop("style", "")
    if style:
        tokens[index].attrSet("align", str(style).removeprefix(_ALIGNED))
    return self.renderToken(tokens, index, *more)


_OWN_RULES: dict[str, Rule] = {"table": _bounded_table, "reference": _reference}
