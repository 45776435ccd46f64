from google import genai

from google_genai import FEATURES

NAME = f"google-genai {genai.__version__}"
