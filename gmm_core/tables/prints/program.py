"""What was copied together with numbers -> text in which only what a program printed is left.

Lines of code, error messages and warnings of Python are blanked, so that places can still be told; HTML and
LaTeX become the tables that they are. Nothing of it is executed.
"""

from __future__ import annotations

import re
from html import unescape

from gmm_core.tables.printed import from_latex
from gmm_core.tables.prints.names import HELPERS
from gmm_core.tables.reading import TableError
from gmm_core.words import count, quoted

_PROMPT = r"[ \t]*(?:(?:In ?\[\d*\]:|>>>|\.\.\.)[ \t]*)?"
_NAME = r"[^\W\d]\w*"
# Lines of code that can be nothing else: none of them is printed by a program.
_STATEMENTS = (
    rf"import {_NAME}.*",
    r"from [\w.]+ import .*",
    rf"(?:def|class) {_NAME}\b.*:",
    r"for [\w, ()]+ in .*:",
    r"(?:while|if|elif|with|except)\b.*:",
    r"(?:else|try|finally):",
    r"return\b.*|break|continue|pass",
    rf"for ?\(.* in .*\).*|for {_NAME} ?= ?\S+:\S+",
    r"library\(.*\)",
    r"%%?(?:time|timeit|matplotlib)\b.*",
    r"print\([ ]*[fr]?[\"'].*",
    r"(?:plt\.\w+|(?:np|numpy)\.(?:random|set_printoptions|seterr)[\w.]*)\([^\[\]]*\)[ \t;]*",
)
_STATEMENT = re.compile(rf"{_PROMPT}(?:{'|'.join(_STATEMENTS)})[ \t]*(?:#.*)?")
_GIVEN = re.compile(rf"[ \t]*{_NAME}(?:[ \t]*,[ \t]*{_NAME})*[ \t]*(?:=|<-)[ \t]*\S.*|[ \t]*#.*|[ \t]*")
_BUILT = re.compile(r"(?:=|<-)[ \t]*(?:(?:np|numpy|torch|jnp)\.|c\(|rep\(|\d+[ \t]*;?$)|^[ \t]*#")
_END = re.compile(r"[ \t]*(?:end;?|\})[ \t]*")
_SET = re.compile(
    rf"{_PROMPT}{_NAME}[\w.,\[\]:' ]*?[ \t]*(?:[-+*/@]?=(?!=)|<-)[ \t]*(?P<made>[^=]*(?:\(.*)?)(?:#.*)?"
)
_OF_LISTS = HELPERS | {"nan", "inf", "c", "list"}  # before a list that is printed so
_MADE = re.compile(r"\b(?:np|numpy|torch|jnp)\.(?:eye|ones|zeros|full|random)\b")
_TRACE = re.compile(r".*Traceback \(most recent call last\).*")
_ERROR = re.compile(r"(?:[\w.]+\.)?[A-Z]\w*(?:Error|Exception|Interrupt|Exit)\b.*")
_WARNING = re.compile(r".*?:\d+: (?P<said>\w*Warning: .*)")
_RULES = re.compile(r"\\(?:hline|toprule|midrule|bottomrule|cmidrule(?:\(\w*\))?\{[^}]*\}|cline\{[^}]*\})")
_TABULAR = re.compile(r"\\(?:begin|end)\{tabular\*?\}(?:\{[^}]*\})?")
_LATEX = re.compile(rf"{_RULES.pattern}|\\(?:begin|end)\{{[^}}]*\}}(?:\{{[^}}]*\}})?")


def printed_alone(text: str, findings: list[str]) -> str:
    """What was printed, in its lines; `findings` says what was passed over.

    A `TableError` where nothing but code or an error message was pasted.
    """
    if re.search(r"<(?:table|t[dr]|div|pre|html)\b", text, re.IGNORECASE):
        text = _shown(text)
        findings.append("The pasted text is HTML: what a browser shows of it was read.")
    if "\\\\" in text and "&" in text:
        if r"\begin{tabular" in text:  # each of its rows on a line of its own
            text = re.sub(r"\\\\[ \t]*(?=\S)", r"\\\\\n", _RULES.sub("\n---\n", text))
            text = re.sub(r"\n\s*---\n\s*", "\n---\n", _TABULAR.sub("\n", text))
        text = "\n".join(
            from_latex(line) if "&" in line else _LATEX.sub("", line) for line in text.split("\n")
        )
        findings.append("The pasted text is LaTeX: its tables were read.")
    lines = text.split("\n")
    errors, warnings = _without_messages(lines)
    code = _without_code(lines)
    for said, these in (("An error message", errors), ("A warning", warnings)):
        if these:
            more = f", and {len(these) - 1:,} more" if len(these) > 1 else ""
            findings.append(f"{said} of Python was passed over: {quoted(these[-1])}{more}.")
    if code:
        findings.append(
            f"{count(len(code), 'line')} of program code {'was' if len(code) == 1 else 'were'} passed over, "
            f"from line {code[0] + 1} on: only what a program prints is read."
        )
    if (errors or code) and not re.search(r"\d|\bnan\b", "\n".join(lines), re.IGNORECASE):
        what = f"an error message of Python, {quoted(errors[-1])}" if errors else "program code"
        do = "Print the parameters before the line that fails, and" if errors else "Run it, and"
        raise TableError(
            f"There is only {what} in what was pasted, and nothing that was printed. {do} paste that."
        )
    return "\n".join(lines)


def _shown(text: str) -> str:
    """HTML as text: a line for each row of a table, with tabs between its cells."""
    text = re.sub(r"(?is)<(style|script|head)\b.*?</\1>|<!--.*?-->", "", text)

    def row(found: re.Match[str]) -> str:
        cells = re.findall(r"(?is)<t[dh]\b[^>]*>(.*?)(?=<t[dh]\b|</t[dh]>|$)", found[1])
        return "\n" + "\t".join(" ".join(re.sub(r"<[^>]*>", "", cell).split()) for cell in cells) + "\n"

    text = re.sub(r"(?is)<tr\b[^>]*>(.*?)(?:</tr>|(?=<tr\b)|$)", row, text)
    text = re.sub(r"(?i)<br[^>]*>|</(?:p|div|pre|table|li|h\d)>", "\v", text)
    text = re.sub(r"</?[a-zA-Z][^<>]*>", "", text)
    if "\t" in text:
        text = re.sub(r"\n[ ]*(?=\n)", "", text)  # between the rows of a table
    return unescape(text.replace("\v", "\n\n"))


def _without_messages(lines: list[str]) -> tuple[list[str], list[str]]:
    """Blanks error messages and warnings of Python, and gives what they say."""
    errors: list[str] = []
    warnings: list[str] = []
    i = 0
    while i < len(lines):
        if _TRACE.fullmatch(lines[i]):
            end = next((j for j in range(i + 1, len(lines)) if _ERROR.fullmatch(lines[j])), None)
            if end is not None:
                errors.append(lines[end].strip())
                lines[i : end + 1] = [""] * (end + 1 - i)
        elif found := _WARNING.fullmatch(lines[i]):
            warnings.append(found["said"].strip())
            lines[i] = ""
            if i + 1 < len(lines) and re.match(r"[ \t]+[^\s\d\[(.+-]", lines[i + 1]):  # the line it is about
                lines[i + 1] = ""
        i += 1
    return errors, list(dict.fromkeys(warnings))


def _without_code(lines: list[str]) -> list[int]:
    """Blanks lines of code, if there is any that can be nothing else, and gives their places."""
    certain = {i for i, line in enumerate(lines) if _STATEMENT.fullmatch(line)}
    if not certain:
        return []
    found = certain | {i for i, line in enumerate(lines) if _END.fullmatch(line) or _sets(line)}
    for i in sorted(found):  # what is set between lines of code is set by the code: mu = [24, 35], K = 3
        begin = i
        while begin and begin - 1 not in found and _GIVEN.fullmatch(lines[begin - 1]):
            begin -= 1
        built = all(_BUILT.search(line) for line in lines[begin:i] if line.strip())
        if (begin - 1 in found) or (not begin and built):
            found |= set(range(begin, i))
    code = [i for i in sorted(found) if lines[i].strip()]
    for i in code:
        lines[i] = ""
    return code


def _sets(line: str) -> bool:
    """Whether a line computes something: it calls, indexes or calculates with names, and has no decimals."""
    found = _SET.fullmatch(line)
    if found is None or re.search(r"\d\.\d|\d\.(?!\w)|(?<!\w)\.\d", found["made"]):
        return False
    names = re.findall(rf"(?<![\w.])({_NAME})(?=[ ]?[*/@+]|[(\[]|\.[^\W\d])", found["made"])
    names += re.findall(rf"[*/@+-][ ]?({_NAME})", found["made"])
    return any(name not in _OF_LISTS for name in names) or _MADE.search(found["made"]) is not None
