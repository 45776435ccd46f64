from google import genai

from examples import example
from google_genai import FEATURES

NAME = f"google-genai {genai.__version__}"
FEATURES = FEATURES + [
    example("lines.sh", "book", "turnComplete"), example("chat.py", "book", "yes"),
    example("robot.py", "ring_bell", needs=("tools",)),
]
