// Something is said to Python alone. Streamlit gathers what is said until its next turn, and has all of it answered
// by the fragment that spoke first, alone: a click outside, in the moment in which a part speaks up of its own accord,
// would be lost. So that is sent at once, with nothing else; once more, where something was gathered before.

export function sayAlone(say) {
  const { setTimeout } = window;
  let sent = false;
  window.setTimeout = (send, after) => {
    if (after) return setTimeout(send, after);
    sent = true;
    send();
  };
  try {
    say();
  } finally {
    window.setTimeout = setTimeout;
  }
  if (!sent) setTimeout(() => sayAlone(say));
}
