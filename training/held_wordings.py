"""Wordings that nano never trains on, written apart from those of `language`: how children, people in a hurry and people in a chatty mood put the same questions.

For evaluation only. {a}: "a mug", {bare}: "mug", {plural}: "mugs", {place}: "desk", {sound}: "a knock", {say}, {words}, {side}: "left".
"""
from . import language
from .language import pick

HELD = {
    "objects": ["so what have we got lying around on that {place}?", "run me through everything you've got there.", "inventory please", "give me the rundown of the {place}.", "stuff on {place}", "whatcha see?", "i can't see the {place} from here, what's all on it?",
                "which of my things are out?", "what am i looking at?", "read out the things in front of you.", "what did i leave lying on the {place}?", "if you look down, what is there?", "mind telling me what's sitting on the {place}?",
                "what can be seen on the {place} top?", "tell me all the things!", "do an inventory of my {place}.", "what does my {place} look like right now?", "what would i find on the {place} if i walked in?", "every object, please.", "look at the {place} and list it all.",
                "what is currently on the {place}?", "which objects does the {place} hold?", "enumerate the items.", "anything lying around? what?"],
    "presence": ["by any chance, is {a} somewhere on that {place}?", "got {a}?", "hey is my {bare} on there?", "would you happen to see {a}?", "i'm looking for {a}, is one there?", "{bare}, yes or no?", "are you seeing {a} anywhere?", "does {a} lie around there?",
                 "is {a} present?", "did i leave {a} on the {place}?", "could there be {a} on the {place}?", "do your eyes find {a}?", "{a}, is it there?", "tell me, is there {a} lying around?", "have i got {a} out?", "yes or no: {a} on the {place}?",
                 "look, is that {a}?", "can {a} be seen?", "is {a} one of the objects?", "am i right that there's {a}?"],
    "colour": ["i forgot, the {bare} is which colour?", "what's the {bare} painted?", "is the {bare} red or blue or what?", "tell me how the {bare} looks, colour wise.", "{bare}, which colour was it again?", "which colour did they make the {bare}?", "the {bare}, what colour has it got?",
               "in which colour does the {bare} come?", "name the {bare}'s colour.", "what hue is the {bare}?", "what shade is the {bare}?", "how would you describe the colour of the {bare}?", "what colour am i seeing on that {bare}?",
               "colour for the {bare} please"],
    "count": ["how many of those {plural} have we got?", "{plural}, how many of them?", "got any {plural}? how many?", "could you count up the {plural} for me?", "what number of {plural} is on the {place}?", "i need to know the amount of {plural}.", "how many {plural} in total?",
              "just the count of {plural} please", "if you count the {plural}, what do you get?", "do a count of {plural}."],
    "count all": ["how many bits and pieces altogether?", "how full is the {place}, how many things?", "total number of things please", "add up all the objects, how many?", "in total, how many objects can be seen?", "if you count it all, how much is it?",
                  "the overall number of objects?", "how many pieces are lying around?"],
    "where": ["i lost my {bare}, do you see where it is?", "help me find the {bare}.", "whereabouts on the {place} did the {bare} end up?", "which spot is the {bare} in?", "the {bare}, where'd it go?", "in what corner is the {bare}?", "point me to the {bare}.",
              "where should i look for the {bare}?", "where has the {bare} been put?", "on which side and how far back is the {bare}?", "any idea where the {bare} is?", "could you locate my {bare}?"],
    "left": ["going left from the {bare}, what comes?", "what's over on the left hand of the {bare}?", "left from the {bare} there is what?", "what have we got to the left of that {bare}?", "if i reach left of the {bare}, what do i touch?",
             "everything left of the {bare} please", "which stuff is on the {bare}'s left?"],
    "right": ["going right from the {bare}, what comes?", "what's over on the right hand of the {bare}?", "right from the {bare} there is what?", "what have we got to the right of that {bare}?", "if i reach right of the {bare}, what do i touch?",
              "everything right of the {bare} please", "which stuff is on the {bare}'s right?"],
    "next": ["what's the {bare} sitting beside?", "who is the {bare}'s neighbour?", "which object is the {bare} closest to?", "what's hanging out with the {bare}?", "what thing sits nearest the {bare}?", "right beside the {bare}, what is it?", "what does the {bare} stand next to?"],
    "change": ["hey, something's not the same, what is it?", "what did you see me do?", "what was i just up to?", "spot the difference!", "compare with before, what's new or gone?", "which thing changed?", "what's the latest change on the {place}?", "fill me in on what just changed.",
               "how is it different from a moment ago?", "anything happen there?"],
    "put": ["what did i just set down?", "which thing did i bring in?", "what's the newest thing on the {place}?", "what have i just laid there?", "what got added just now?", "the thing i just put there, what is it?"],
    "taken": ["what did i just grab?", "which thing did i pick up?", "what left the {place}?", "something is not there any more, what?", "what got taken?", "what have i carried off?"],
    "heard": ["did your ears catch something? what?", "what noise came just now?", "sorry, what was that i heard?", "what's making sounds?", "did something make a sound? what was it?", "the sound just now, what was it?", "tell me the newest sound.",
              "what reached your ears?", "hey what was to hear there?"],
    "said": ["what were the words i just used?", "read back what i told you.", "come again, what was it i said?", "what did you understand?", "quote me.", "which sentence did i say last?"],
    "last": ["what's the newest thing that went on?", "bring me up to date, what happened last?", "the very last thing that happened was what?", "what was the final event so far?", "what just took place, seen or heard?", "name the most recent happening."],
    "ago sound": ["it's been how long since you noticed {sound}?", "how far back was {sound}?", "{sound}, was that long ago?", "when exactly came {sound}?", "how much earlier did you get to hear {sound}?"],
    "ago put": ["how long's the {bare} been sitting there?", "the {bare} came when?", "how far back did someone set down the {bare}?", "when did somebody bring the {bare}?", "for how long do we have the {bare} there?"],
    "ago taken": ["when did the {bare} go missing?", "the {bare} left how long ago?", "since when do we miss the {bare}?", "how far back did somebody grab the {bare}?", "how long now without the {bare}?"],
    "identity": ["and you would be?", "what do people call you?", "who on earth are you?", "what sort of thing am i talking to?", "tell me a bit about who you are.", "whom do i have the pleasure with?", "are you some kind of machine?"],
    "ability": ["so what's it you can actually do?", "what would you be useful for?", "why would i need you?", "give me an idea of what you can do for me.", "what sort of stuff can i get you to do?", "what all can you tell me?"],
    "cannot know": ["should i bring a jacket today?", "got the time?", "what'll the weather be like on the weekend?", "do you happen to know the date?", "quick maths: six times seven", "is four hundred more than three hundred?", "whose turn is it to cook?",
                    "what did we have for dinner?", "who's the king of england?", "how do volcanoes work?", "which team is leading?", "how's the traffic?", "could you dim the lights?", "order me a taxi", "put on my favourite song", "what's your opinion on cats?",
                    "think of a number", "any good films on?", "is my train late?", "what does my sister look like?", "do you ever get lonely?", "give me a riddle", "how do i boil an egg?", "who let the dogs out?", "which is bigger, mars or venus?", "what's seven and eight?",
                    "how many stars are there in the sky?", "is somebody in the garden?", "read me the headlines", "when does school start?", "what would you do if you won the lottery?", "my cat just had kittens", "i've got a headache", "football was great last night",
                    "who built the pyramids?", "what's the password?", "how much money do i have?", "did i get any mail?", "how far can you count?", "what's for lunch?", "text my mum that i'm late", "is it a good time to buy stocks?", "spell rhinoceros",
                    "what's the boiling point of water?"],
    "too long ago": ["what was lying here when i left for work?", "a few hours back, what was on the {place}?", "yesterday there was something here, what was it?", "think back to last week, what did you see?", "what had i put there the day before yesterday?",
                     "what was on the {place} before i went to bed?", "what went on here overnight?", "back in spring, what stood on the {place}?", "what did the {place} look like on sunday?"],
    "hello": ["hiya", "good to see you", "hello friend", "hi there nano!", "heya"],
    "welcome": ["thanks a bunch", "much appreciated", "thank you kindly", "ta, that was helpful", "i thank you"],
    "goodbye": ["catch you later", "farewell", "so long", "i'm off, bye", "see ya"],
    "watch kind": ["i'm waiting for {a}, give me a shout when it's there.", "the moment {a} turns up, i want to know.", "ping me if {a} lands on the {place}.", "could you let me know as soon as someone brings {a}?", "speak up when {a} comes into view.", "holler when you spot {a}.",
                   "as soon as {a} lies there, mention it."],
    "watch gone": ["shout if my {bare} gets nicked.", "i want to know the moment the {bare} is taken.", "don't let anyone take the {bare}, tell me if they do.", "make sure i hear about it when the {bare} goes away.", "speak up once the {bare} isn't there any more.",
                   "if anybody grabs the {bare}, i'd like to hear it."],
    "watch any": ["keep me posted on what goes on there.", "mention it whenever the {place} looks different.", "give me a running commentary.", "whatever changes, i want to hear about it.", "shout if anything comes or goes."],
    "watch empty": ["give me a shout when there's not a thing left on the {place}.", "speak up once the {place} has been cleared.", "i want to know when nothing lies there any more."],
    "watch (knock)": ["shout if there's a rapping at the door.", "let me know if anyone's knocking.", "i can't hear the door, so mention any knock."],
    "watch (bell)": ["shout when it goes ring.", "i'm expecting the bell, let me know.", "mention it when the doorbell goes."],
    "watch (music)": ["say so once somebody puts music on.", "shout when a tune plays.", "i'd like to know when there's a song."],
    "watch (speech)": ["shout when anyone talks.", "let me know if there's talking.", "i want to hear about it when somebody opens their mouth."],
    "watch None": ["mention any sound at all.", "shout whenever there's something to hear.", "let me know about whatever you hear."],
    "watch words": ["shout if anybody says {words}.", "the moment you catch the words {words}, let me know.", "prick up your ears for {words}."],
    "custom kind": ["the second {a} is there, i want to hear {say} from you.", "can you go {say} once {a} turns up?", "be so kind and say {say} should {a} turn up."],
    "custom gone": ["should the {bare} go missing, call out {say}.", "can you go {say} once somebody grabs the {bare}?"],
}
ANSWERS = {"identity": language.WHO, "ability": language.ABLE, "cannot know": language.CANNOT_KNOW, "too long ago": language.TOO_LONG_AGO, "hello": "hello.", "welcome": "you are welcome.", "goodbye": "goodbye."}


def held(measure, rng, place="desk", kind=None, name=None, colour=None, **gaps):
    """A held-out question of a group of HELD about a kind (or a thing called `name`, or of a colour), its other gaps as given: sound="a knock", say="hello", words="stop"."""
    template = pick(rng, HELD[measure])
    for gap, text in gaps.items():
        template = template.replace("{" + gap + "}", text)
    return language.fill(template, rng, place, kind, name=name, shade=colour)


def unknowable(rng, place="desk"):
    """-> (question, answer), of those that `language.ask_unknowable` asks."""
    measure = pick(rng, ["identity", "ability", "cannot know", "cannot know", "cannot know", "too long ago", "too long ago", "hello", "welcome", "goodbye"])
    return held(measure, rng, place), ANSWERS[measure]


def absent(rng, things, place="desk"):
    """-> (question, answer), of those that `language.ask_absent` asks."""
    answer = language.ask_absent(rng, things, place)[1]
    return held(pick(rng, ["colour", "where", "left", "right", "next"]), rng, place, name=answer.removeprefix("there is no ").rstrip(".")), answer


def instruction(rng, place="desk", about=None, kind=None, colour=None, sound=None, words=None, say=None):
    """As `language.instruction`, in a held-out wording."""
    drawn = language.instruction(rng, place, about, kind, colour, sound, words, say)
    say = drawn.say if drawn.about in ("kind", "gone") else None
    group = f"custom {drawn.about}" if say else f"watch {drawn.sound}" if drawn.about == "sound" else f"watch {drawn.about}"
    name = pick(rng, language.LURES) if drawn.kind < 0 and drawn.about in ("kind", "gone") else None
    text = held(group, rng, place, drawn.kind if drawn.kind >= 0 else None, name, language.COLOURS[drawn.colour] if drawn.colour is not None else None,
                **({"say": say} if say else {}), **({"words": f'"{drawn.words}"'} if drawn.words else {}))
    return language.Instruction(text, drawn.about, place, drawn.kind, drawn.colour, drawn.sound, drawn.words, say)
