"""How much a lesson may hold, for who collects scenes and for who reads them. Pure: no Streamlit."""

MOST_SCENES = 60
MOST_CHARACTERS = 2000  # of a sentence
