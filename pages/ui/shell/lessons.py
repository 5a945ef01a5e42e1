"""How much a lesson may hold, for whoever collects scenes or reads them. Pure: no Streamlit."""

MOST_SCENES = 60
MOST_CHARACTERS = 2000  # of a sentence
