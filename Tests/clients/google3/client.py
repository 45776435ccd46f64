from google import genai

import interactions
from examples import example
from feature import ATTEMPTS
from google_genai import FEATURES

NAME = f"google-genai {genai.__version__}"

FEATURES = FEATURES + interactions.FEATURES + [
    example("lines.sh", "book", "turnComplete"), example("chat.py", "book", "yes"),
    example("robot.py", "): ", needs=("tools",), attempts=ATTEMPTS), example("observer.py", "noticed: ", "user_input: ", "desk"),
]
