"""What a lesson says around its scenes. Pure: no Streamlit."""

from __future__ import annotations

from gmm_core.words import count
from pages.ui.lessons.book import Lesson
from pages.ui.runs.rooms import Room

WITHOUT_FILE = (
    "The link is to a lesson in a file, which it does not hold: open the file below, and the lesson goes on."
)
IN_LINK = "It is short enough for a link: once begun, the address of the page opens it anywhere."
TOO_LONG = (
    "It is too long for a link: share the file. Whoever has it opens it here, and the address holds the "
    "scene and the answers."
)
THIS_COMPUTER = (
    "This address is known on this computer alone. For a class, open the app by the computer's own name or "
    "number in the network, and open the room there."
)
SENT = "Your answer was sent. Until the reveal you can send another one in its place."
WAITS = "The next scene comes by itself, when whoever teaches goes on."
LAST = "That was the last scene of the lesson."
HOW = {
    "mark": "Click again to change your mind. By keys: X, arrows, Enter.",
    "share": "Keys 1 to 9 choose the component, the arrows move the slider.",
    "choice": "Keys 1 to {n} choose, Enter {does}.",
    "number": "The arrow keys move the slider, Enter {does}.",
    "means": "EM begins where you drop them. By keys: 1 to 9 pick a mean, arrows move it, Enter drops it.",
}


def length(lesson: Lesson) -> str:
    """How long a lesson is, in a few words."""
    return f"{count(len(lesson.scenes), 'scene')}, {count(lesson.n_questions, 'question')}"


def scored(right: int, answered: int) -> str:
    """How many predictions were right, in a few words; "" before the first."""
    return f"{right} of {count(answered, 'prediction')} right" if answered else ""


def finished(lesson: Lesson, right: int, answered: int) -> str:
    """What stands at the end."""
    if not answered:
        return "**That was the lesson.** Its questions are still there to be answered."
    praise = "Every prediction was right." if right == answered else f"{scored(right, answered)}."
    left = lesson.n_questions - answered
    rest = f" You left out {count(left, 'question')}." if left > 0 else ""
    return f"**That was the lesson.** {praise}{rest}"


def spaced(code: str) -> str:
    """The code of a room, as it is read aloud."""
    return f"{code[:3]} {code[3:]}"


def counted(room: Room, asks: bool) -> str:
    """How many are in a room, and have answered what is asked there, if anything is."""
    joined = f"**{room.joined}** joined"
    return f"{joined} · **{room.answered}** answered" if asks and not room.is_revealed else joined
