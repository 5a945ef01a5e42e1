"""What programs write around numbers -> text in which only names, numbers and brackets are left.

Lines stay where they are, so that places can be told: what is taken out leaves its line blank.
"""

from __future__ import annotations

import re
from itertools import count, pairwise

from gmm_core.tables.numbers import UNITS
from gmm_core.tables.prints.names import COUNTING, KINDS, LOG_LIKELIHOOD, PARAMETERS, RUNS, kind_of, parts_of
from gmm_core.tables.reading import TableError
from gmm_core.words import quoted

VECTOR = "\x01"  # in place of [1] before the values of a vector, as R prints it
_SIGNS = str.maketrans(
    {"−": "-", "–": "-", "\u00a0": " ", "\u202f": " ", "\ufeff": "", "\x00": " ", VECTOR: " "}
    | {"“": '"', "”": '"', "‘": "'", "’": "'", "µ": "μ", "ϕ": "φ", "∑": "Σ", "‐": "-", "‑": "-", "⁻": "-"}
    | {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}  # of full width
    | {chr(code): " " for code in range(0x2500, 0x2580)}  # what frames are drawn with
    | dict.fromkeys("─━┄┅┈┉═╌╍", "-")
)
_TYPE = r"<?(?:[iuf](?:8|16|32|64)|str|bool|cat|dbl|int|chr|fct|Float\d\d|U?Int\d\d|String|Bool)>?\??"
_PLAIN_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_NORMAL = (
    rf"\b(?:N|Normal|Gaussian|norm)[ ]?\([ ]?(?:\w+[ ]?[|;,][ ]?)??({_PLAIN_NUMBER}),[ ]?({_PLAIN_NUMBER})\)"
)
_TQDM = r"(?m)^.*\d%\|.*?\|[ ]*(\d+)/\d+ \[[^\],]*,[^\],]*(?:, (.*))?\][ \t]*$"
_DURATION = r"(?<![\w.])[(\[]?\d+(?:\.\d+)?(?:e-\d+)?[ ]?(?:s|ms|µs|μs|secs?|seconds)\b(?![ ]*=)[)\]]?"
_OF_A_ROW = (
    r"(?mi)^[ \t]*(?:row|sample|point|obs|observation|x)[ _]?\d+[ \t]*[:=][ \t]*"
    rf"(?=\[|{_PLAIN_NUMBER}[\s,]+{_PLAIN_NUMBER})"
)
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉ₖₙ", "0123456789kn")
_OPTION = (
    r"(?:,\s*|(?<!\s)\s+|(?<!\s))\b(?:dtype|device|requires_grad|grad_fn|weak_type|shape|size|maxlen)\s*=\s*"
)
_NO_CALL = r"(?m)(?<=[^\W\d])(?<!array)(?<!tensor)(?<!Array)(?<!matrix)"
_JULIA = r"(?:\d+(?:[×x]\d+)+|\d+-element)\s+\S*(?:Array|Matrix|Vector|Adjoint|Transpose|Diagonal)\b.*:?"

# (whether it can be there, at a glance; what; what comes in its place)
_TAKEN_OUT: tuple[tuple[str, str, str], ...] = (
    ("\x1b", r"\x1b\[[\d;]*[A-Za-z]", ""),
    ("", r"""(?<!\w)['"]?[^\W\d]\w*['"]?[ ]?[:=][ ]?(?:True|False|TRUE|FALSE|true|false)\b,?""", ""),
    ("=", rf"{_OPTION}(?:<[^<>]*>|\([^()]*\)|[\w.'\"<>:]+)", ""),
    ("torch.Size", r"torch\.Size\(\[[^\]]*\]\)", ""),
    ("<tf.Variable", r"<tf\.Variable '(\w+):\d+'[^\[\]<>]*?numpy=", r"\1 = "),
    ("<tf.", r"<tf\.[^\[\]<>]*?(?:numpy=|=)", ""),
    ("float", r"float\(\s*['\"]([-+]?\w+)['\"]\s*\)", r"\1"),
    ("(", r"(?:\b(?:np|numpy|torch|jnp)\.)?\b(?:float|int|uint)\d+\(([^()\[\]]*)\)", r"\1"),
    (".", r"\b(?:np|numpy|math|torch|jnp)\.(nan|inf|NaN|NAN|Inf)\b", r"\1"),
    ("%|", _TQDM, r"iteration \1: \2"),
    ("tep", r"(?<!\w)[EM][ -]?[Ss]tep\b", "step"),
    ("s", _DURATION, ""),
    ("(", rf"({_PLAIN_NUMBER})[ ]?[*·×⋅]?[ ]?(?={_NORMAL})", r"weight \1 "),
    ("(", _NORMAL, r" mean \1 Sigma \2 "),
    (">", r"(?<=[\d.])[ ]*(?:->|=>)[ ]*(?=[-+.\d])", " "),
    ("→", r"(?<=[\d.])[ ]*→[ ]*(?=[-+.\d])", " "),
    ("", rf"(?m)^[ \t]*(?:Row[ \t]+)?{_TYPE}(?:[ \t]+{_TYPE})*[ \t]*$", "---"),
    ("Out", r"(?m)^Out ?\[\d+\]:", ""),
    (" double]", r"\[\d+[×x]\d+(?:[×x]\d+)* \w+\]", ""),  # a matrix of which MATLAB tells the size alone
    (":", r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?Z?|\[?\b\d\d:\d\d:\d\d(?:[.,]\d+)?\b\]?", ""),
    (" $ ", r"(?m)^[ .]*\$ (\w+) *:[ ]*(?:num|int)(?: \[[\d:, ]+\])?", r"$\1"),  # of str() in R
    ("element", rf"(?m){_JULIA}$", ""),
    ("×", rf"(?m){_JULIA}$", ""),
    ("{", r"_\{(\d+)\}", r"_\1"),
    ("[,", r"\[[ \t]*,[ \t]*(\d+)\]", r"‹c\1›"),
    ("[", r"(?m)^([ \t]*)\[(\d+),[ \t]*\]", r"\1‹r\2›"),
    (",", r"(?m)^[ \t]*(?:, , |\[,,[ \t]*)(.*?)\]?[ \t]*$", r"‹‹\1››"),
    (":", r"(?m)^[ \t]*(?:ans)?[\[(]:,[ \t]*:,[ \t]*(\d+)[\])][ \t]*=[ \t]*$", r"‹‹\1››"),
    ("[[", r"(?m)^[ \t]*\[\[(\d+)\]\][ \t]*$", r"‹‹\1››"),
    ("[", r"(?m)^[ \t]*\[\d+\](?=[ \t]+[-+\d.NIn\"'])", VECTOR),
    (":", r"(?<=[^\W\d])\(:,[ \t]*:,[ \t]*(\d+)\)", r"_\1"),
    ("[[", r"(?<=[^\W])\[\[(\d{1,4})\]\]", r"_\1"),
    ("", rf"{_NO_CALL}[\[({{](\d{{1,4}})[\])}}](?=[ \t]*(?:[=:(]|$)|[ \t]+[-\d.\[])", r"_\1"),
    ("#", r"(?<=\w) ?#(?=\d)", " "),
    ("", r"(?m)(?<=[^\W\d])[ ](\d{1,3})(?=[ \t]*[:=][ \t]*$)", r"_\1"),
    ("", _OF_A_ROW, ""),
    ("|", r"\b[Pp]\((?:[zkcyZKCY]|class)\w*[ ]?=[ ]?(\d+)[ ]?\|[^()]*\)", r"gamma_\1"),
    ("(", r"(?i)\b(?:log|ln)[ ]?p\([^()=\d]*\)", "loglik"),
    ('"', r'"([-+]?\d+),(\d+)"', r"\1.\2"),
    ("'", r"(?<=\d)'(?=\d{3}(?!\d))", ""),
)


def plain(text: str, findings: list[str]) -> str:
    """A pasted text without prompts, types and other wrappers, with a decimal point in every notation."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_SIGNS)
    text = re.sub("[₀-₉ₖₙ]+", lambda found: f"_{found[0].translate(_SUBSCRIPTS)}", text)
    text = re.sub(r"(?<=[^\W\d])(_?\d*)(?:\^\{?2\}?|\*\*2)(?!\d)", r"\1²", text)
    text = re.sub(_PROMPT, lambda line: _input(line[1]), text)
    text = re.sub(r"\{(\s*['\"]?\d+['\"]?\s*:[^{}]*)\}", lambda found: _without_keys(found[1]), text)
    for sign, pattern, instead in _TAKEN_OUT:
        if sign in text:
            text = re.sub(pattern, instead, text)
    text = re.sub(_UNIT, _without_unit, text)
    text = "\n".join(map(_counted_before, _counted_starts(text).split("\n")))
    text = _named_counters(_counted_beside_the_name(text))
    text = re.sub(
        r"(?:(?<=[:=]\s)|(?<=[^\W\d_]\s))[+-]?\d{1,3}(?:,\d{3})+\.\d+(?=\s|$)",
        lambda one: one[0].replace(",", ""),
        text,
    )
    text = re.sub(r"(?m)(?:(?<=\s)|^)[+-]?[1-9]\d{0,2}(?:\.\d{3})+,\d+(?=[\s;]|$)", _of_thousands, text)
    return _decimal_points(_without_dashes(text), findings)


# A word behind a number, before a comma, a bracket or the end of the line: a unit, squared or not.
_UNIT = (
    r"(?m)(?<!\d)(?<!\d[.,])(?P<number>\d[\d.,]*(?<=\d))[ ]?(?P<word>°?[^\W\d_]{1,12})(?:²|\^\{?2\}?|\*\*2)?"
    r"(?=[ \t]*(?:[,;)\]}]|$))"
)


def _without_unit(found: re.Match[str]) -> str:
    """The number alone, where the word is neither a name nor part of a number or of a table's size. Behind a
    whole number, which may count lines, it must be a known unit.
    """
    word = found["word"]
    unit = word in UNITS or ("." in found["number"] and word.lower() not in _NO_UNITS)
    return found["number"] if unit and not kind_of((word,)) else found[0]


_NOT_UNITS = "nan inf none null rows row columns column element elements e d x true false"
_NO_UNITS = frozenset(_NOT_UNITS.split())


def _of_thousands(number: re.Match[str]) -> str:
    """1.034,5 as 1034,5."""
    return number[0].replace(".", "")


_PROMPT = r"(?m)^[ \t]*(?:>>>|>>|\.\.\.|>|julia>|octave:\d+>|In ?\[\d+\]:)[ \t](.*)$"


def _input(line: str) -> str:
    """What somebody typed: names that may tell what is printed below, and numbers only where it sets them."""
    if re.search(r"(?:=|<-|->).*\d", line):
        return line
    line = re.sub(r"\(\w\)", "", line)  # of what a function is asked says nothing: prior(m)
    return " ".join(re.findall(r"[^\W\d][\w.$]*²?(?:\[\[\d+\]\])?", line)) + ":"


_KEY = r"""['"]?(?<![.\w])\d+['"]?\s*:"""


def _without_keys(text: str) -> str:
    """A dictionary whose keys only count, as a list."""
    return f"[{re.sub(_KEY, ' ', text)}]"


# Which iteration or run a line is of, at its end: -852.2 (iter 0), -852.2 at step 3.
_COUNTED_BEHIND = re.compile(
    r"[ \t]*(?:[,;@]|\b(?:at|after|in)\b|(?=[(\[]))[ \t]*[(\[]?"
    r"(?P<word>[^\W\d]+)[ .:#=]*(?P<number>\d+(?:/\d+)?)[)\]]?[ \t]*$"
)
_BEHIND = 40  # characters of a line in which that is looked for


def _counted_before(line: str) -> str:
    """The line with its count at its beginning, where all others have it."""
    begin = max(len(line) - _BEHIND, 0)
    found = _COUNTED_BEHIND.search(line, begin)
    if found is None or not re.search(r"\d", rest := line[: found.start()]):
        return line
    word = found["word"]
    counts = word.lower() in RUNS or kind_of(parts_of(word)[0]) == "iteration"
    return f"{word} {found['number']}: {rest}" if counts and "iteration" not in _counting_in(rest) else line


_START_OF_A_RUN = re.compile(
    r"(?mi)^[-=*# \t]*(?:init(?:[ _]?params|iali[sz]ation)?|start|method)[ \t]*[=:][ \t]*"
    r"['\"]?[^\W\d][\w+-]*['\"]?(?![\w(\[])[ \t]*[,;:]?(?P<rest>.*)$"
)


def _counted_starts(text: str) -> str:
    """Lines that say how a run began, as init=random, with the number of the run in its place."""
    lines = list(_START_OF_A_RUN.finditer(text))
    if len(lines) < 2 or any(_counting_in(line["rest"]) for line in lines):
        return text
    numbers = count(1)
    return _START_OF_A_RUN.sub(lambda line: f"run {next(numbers)}:{line['rest']}", text)


def _counting_in(text: str) -> set[str]:
    """What is counted in a line: iterations, components, or runs."""
    words = re.findall(r"[^\W\d]+", text)
    return {"run" if word.lower() in RUNS else kind_of(parts_of(word)[0]) for word in words} & {
        *COUNTING,
        "run",
    }


# A number in front of a line that only counts: [3], [3/20], (3), <3>, #3, 3:, 3), and 3. before words; 3 and
# "3," alone before the same known name in every line.
_COUNTER = re.compile(
    r"[ \t]*(?P<open>[\[(<#]?)[ ]{0,5}(?P<number>\d{1,6})(?:[ ]?/[ ]?\d{1,6})?[ ]?(?P<close>[\])>:.,]?)"
    r"(?P<colon>[ \t]*:)?(?:[ \t]*(?:->|=>|[-|])(?=[ \t])|[ \t])[ \t]*(?P<rest>\S.*)"
)
_FORMS = ("[]", "()", "<>", "#", "#:", ":", ")")
_OF_COMPONENTS = {*PARAMETERS, "responsibilities"}


def _named_counters(text: str) -> str:
    """Numbers that only count the lines they begin, said to be those of iterations or of components.

    Without a name they would be taken for values. In a list that has a name above it they go.
    """
    lines = text.split("\n")
    by_form: dict[tuple[str, bool], list[tuple[int, int, str]]] = {}
    for i, line in enumerate(lines):
        if (found := _COUNTER.fullmatch(line)) is None:
            continue
        form, words = found["open"] + (found["close"] or found["colon"] or "").strip(), _begins(found["rest"])
        if form in _FORMS[1 - words :] or (form in (".", "", ",") and words):
            by_form.setdefault((form, words), []).append((i, int(found["number"]), found["rest"]))
    for (form, words), these in by_form.items():
        (first, begin, _), alike = these[0], len(these) > 1
        if form in ("", ",") and not _say_the_same([rest for _, _, rest in these]):
            continue
        if not alike or any(b <= a and b != begin for (_, a, _), (_, b, _) in pairwise(these)):
            continue
        named_above = first > 0 and re.search(r"[^\W\d]", lines[first - 1]) is not None
        for i, number, rest in these:
            if words:
                kinds = {KINDS[kind].into for kind in _kinds_in(rest)}
                of_all = LOG_LIKELIHOOD in kinds
                what = "component" if kinds & _OF_COMPONENTS and not of_all else "iteration"
                lines[i] = f"{what} {number}: {rest}"
            elif named_above or not re.fullmatch(_PLAIN_NUMBER, rest.strip()):
                lines[i] = rest
            else:
                lines[i] = f"iteration {number}: {rest}"
    return "\n".join(lines)


_SHORT = 200  # characters: a longer line holds more than a name, a count and a value
_ITS_NAME, _COUNT = r"(?P<name>[^\W\d][^\d=:\[(]*?)", r"(?P<number>\d{1,6})"
_VALUE = rf"(?P<value>{_PLAIN_NUMBER}|[-+]?(?:nan|inf))"
_BESIDE_THE_NAME = (  # "ll 3 -829.7" and "ll 3: -829.7", or "ll -829.7 3"
    rf"(?i)[ \t]*{_ITS_NAME}[ \t]+{_COUNT}(?:[ \t]*[:=]|[ \t])[ \t]*{_VALUE}",
    rf"(?i)[ \t]*{_ITS_NAME}(?:[ \t]*[:=]|[ \t])[ \t]*{_VALUE}[ \t]+{_COUNT}",
)


def _counted_beside_the_name(text: str) -> str:
    """Lines of one log-likelihood each, with a count behind its name or behind it, counted in front."""
    lines = text.split("\n")
    for pattern in _BESIDE_THE_NAME:
        short = [(i, line.rstrip()) for i, line in enumerate(lines) if len(line) <= _SHORT]
        found = [(i, one) for i, line in short if (one := re.fullmatch(pattern, line))]
        numbers = [int(one["number"]) for _, one in found]
        steps = {b - a for a, b in pairwise(numbers)}
        names = {one["name"].strip() for _, one in found}
        if len(found) < 3 or len(steps) > 1 or min(steps) < 1 or numbers[0] > 1 or len(names) > 1:
            continue
        if {KINDS[kind].into for kind in _kinds_in(names.pop())} != {LOG_LIKELIHOOD}:
            continue
        for i, one in found:
            lines[i] = f"iteration {one['number']}: {one['name'].strip()} {one['value']}"
        break
    return "\n".join(lines)


_NAMED_FIRST = rf"[^\W\d][^\d=:\[]*?(?=[ \t]*[=: \t][ \t]*(?:\[|{_PLAIN_NUMBER}|[-+]?(?:nan|inf)\b))"


def _say_the_same(texts: list[str]) -> bool:
    """Whether all begin with one name of something to be read, before a number or a list."""
    names = {re.match(_NAMED_FIRST, text[:_SHORT]) for text in texts}
    words = {"" if name is None else name[0].strip(" \t=:") for name in names}
    return len(words) == 1 and any(KINDS[kind].into for kind in _kinds_in(words.pop()))


def _begins(text: str) -> bool:
    """Whether it begins with a word, and not with a number or a bracket."""
    return re.match(r"[^\W\d]", text) is not None and not re.match(r"(?i)(?:nan|inf)\b", text)


def _kinds_in(text: str) -> list[str]:
    kinds = (kind_of(parts_of(word)[0]) for word in re.findall(r"[^\W\d]\w*", text))
    return [kind for kind in kinds if kind]


_CELL = re.compile(r"[^\s;=:()\[\]{}|]+")
_COMMA = re.compile(r"[+-]?\d+,\d+(?:[eE][+-]?\d+)?")
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{3})+")
_POINT = re.compile(r"[+-]?\d*\.\d+(?:[eE][+-]?\d+)?[.,]?")


def _decimal_points(text: str, findings: list[str]) -> str:
    """Numbers with a decimal comma, with a point; a `TableError` where a print has both.

    A comma is a decimal sign where it stands within all cells and between none: 0,36 0,64, and not [1,2].
    """
    if not re.search(r"\d,\d", text):
        return text
    if re.search(r"\d,\d+,\d|[\[({]\s*[+-]?\d+,\d+\s*[\])}]|\d\.\d+,\d|\d,\d+\.\d", text):
        return text
    commas = before_a_comma = points = None
    for cell in _CELL.finditer(text):
        if cell[0].endswith(",") and _COMMA.fullmatch(cell[0][:-1]):
            before_a_comma = before_a_comma or cell
        elif _COMMA.fullmatch(cell[0]) and not _THOUSANDS.fullmatch(cell[0]):
            commas = commas or cell
        elif "." in cell[0] and _POINT.fullmatch(cell[0]):
            points = points or cell
        if commas and points:
            comma, point = (text.count("\n", 0, one.start()) + 1 for one in (commas, points))
            raise TableError(
                f"Line {comma} has a decimal comma ({quoted(commas[0])}) and line {point} a decimal point "
                f"({quoted(points[0].rstrip('.,'))}). Write all numbers with a point."
            )
    commas = commas or before_a_comma
    words = re.findall(r"[^\W\d][\w]*", text[:10_000])
    if commas is None or points is not None or not any(kind_of(parts_of(word)[0]) for word in words):
        return text  # numbers without names are read as any table
    findings.append(f"Numbers are written with a decimal comma, such as {quoted(commas[0].rstrip(','))}.")
    return re.sub(r"(?<=\d),(?=\d)", ".", text)


_DASHED = re.compile(r"([ \t]*)((?:- +)+)([-+.\d]\S*|\[.*\])[ \t]*")


def _without_dashes(text: str) -> str:
    """Lists of lists as YAML writes them, with a dash before each value, in brackets."""
    if not re.search(r"(?m)^[ \t]*- +- +[-+.\d]", text):
        return text
    lines = text.split("\n")
    i = 0
    while i < len(lines):
        found = _DASHED.fullmatch(lines[i])
        if not found:
            i += 1
            continue
        begin, depth, made = i, found[2].count("-"), "[" * found[2].count("-")
        while i < len(lines) and (found := _DASHED.fullmatch(lines[i])):
            dashes = found[2].count("-")
            if i > begin:
                made += "]" * (dashes - 1) + "," + "[" * (dashes - 1)
            made += found[3]
            lines[i] = ""
            i += 1
        lines[begin] = made + "]" * depth
    return "\n".join(lines)
