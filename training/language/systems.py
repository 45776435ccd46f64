"""System instructions as other people's programs give them: nano reads one in the place of its own, and answers as ever.

Frameworks always send one. They are drawn of a role, manners and a closing, in any case, one to four sentences.
"""
from .phrases import pick

ROLES = ["you are a helpful assistant.", "you are a friendly assistant.", "you are the voice of a robot.", "you are a robot on a desk.", "you look at a desk.", "you are a kiosk in a museum.", "you watch a room and help people.",
         "you are an assistant that sees and hears.", "your name is {name}.", "you are {name}, a home assistant.", "you are {name}, and you keep an eye on the desk.", "you are an agent with a camera and a microphone.", "you can see what is in front of you.",
         "you help the people who work here.", "you are part of a machine in a workshop.", "you are a voice agent.", "this is a test.", "you belong to a small shop.", "you are called {name} by everyone."]
MANNERS = ["answer in one short sentence.", "be brief.", "be concise.", "answer briefly.", "keep your answers short.", "answer in a few words.", "be polite.", "do not use markdown.", "your answers are read aloud.", "speak plainly.", "answer in english.", "answer only what you are asked.",
           "if you do not know something, say so.", "never make things up.", "do not guess.", "use simple words.", "use a friendly tone.", "do not use emojis or special characters.", "say what you see.", "answer with what the camera shows."]
TOOLS = ["use the functions when they fit.", "call a function when you are asked to do something.", "you have tools; use them when needed.", "when a tool can help, call it."]
NAMES = ["Robbie", "Ada", "Nova", "Pixel", "Max", "Luna", "Otto", "Iris", "Gizmo", "Cleo", "Bolt", "Echo"]


def draw(rng):
    """-> one to four sentences."""
    count = int(rng.integers(1, 4))
    sentences = [pick(rng, ROLES).format(name=pick(rng, NAMES))] if rng.random() < 0.75 else []
    sentences += [pick(rng, MANNERS) for _ in range(count - len(sentences) or 1)]
    if rng.random() < 0.15:
        sentences.append(pick(rng, TOOLS))
    if rng.random() < 0.5:
        sentences = [s[0].upper() + s[1:] for s in sentences]
    return " ".join(dict.fromkeys(sentences))
