"""What people ask nano and what it answers: wordings, answers, instructions, captions, all from a scene's truth and a stream's.

A scene is a list of `Thing`s. Every function that draws takes a numpy Generator and depends on nothing else.
Sentences are lower case with punctuation; `typed` gives a question as people type it, `spoken` as it is heard (no punctuation).

phrases -> names, answers, captions -> wordings -> questions, memory, honesty, instructions, systems -> writing, speech
"""
from . import systems
from .answers import (AS_NEAR, SIDE_MARGIN, ZONE_MARGIN, across, along, before_last_change, change, changed, clear_zone, neighbours, notice, side, told, where)
from .captions import SOUND_CAPTIONS, caption, sound_caption
from .honesty import ABLE, CANNOT_KNOW, GREETINGS, TOO_LONG_AGO, WHO, ask_greeting, ask_unknowable
from .instructions import (WATCH_ANY, WATCH_EMPTY, WATCH_GONE, WATCH_KIND, WATCH_SOUND, WATCH_WORDS, Change, Instruction, Sound, ask_watch, instruction, standing, watch)
from .memory import FORGOTTEN, Happening, ago, ask_ago, ask_heard, ask_last, heard
from .names import LURES, NEAR, SYNONYMS, fill
from .phrases import (BACK, BOTTOM, CANNOT_SEE, COLOURS, DARK, FRONT, INDEX, KINDS, LEFT, MIDDLE, NOTHING, NOTICE, NUMBERS, RIGHT, SOUNDS, SPEECH, SYSTEM, TOP, TRANSCRIBE, UNKNOWN, Thing,
                      answer_count, article, bare, counts, each, join, known, listing, named, pick, some, spoken, the, unique)
from .questions import (ask_absent, ask_change, ask_colour, ask_count, ask_objects, ask_presence, ask_spatial, follow_up, spatial, two)
from .speech import SMALL_TALK, utterance
from .wordings import (AGO_PUT, AGO_SOUND, AGO_TAKEN, CHANGED, COLOUR, COUNT_ALL, COUNT_KIND, HEARD, LAST, LEFT_OF, LIST, NEXT_TO, PRESENCE, PUT, RIGHT_OF, SAID, TAKEN, WHERE)
from .writing import cased, typed, typo
