"""Instructions put together from a request and a condition: what people say to be told of something is endless, and a model that learnt a list of whole
sentences takes the next one for a question.

{a}, {bare}, {place}, {words}: as in `wordings`.
"""
from .phrases import SPEECH, pick

REQUESTS = ["tell me", "let me know", "say so", "say something", "report it", "report to me", "warn me", "alert me", "notify me", "inform me", "call me", "call out", "announce it", "remind me", "give me a sign", "give me a call",
            "give me a hint", "send me a message", "send me a word", "say a word", "make some noise", "raise the alarm", "please tell me", "please let me know", "please say so", "just tell me", "do tell me", "you tell me", "be sure to tell me",
            "make sure to tell me", "make sure that i know", "don't forget to tell me", "remember to tell me", "i need to know", "i have to know", "i must know", "i would like to know", "i'd love to know", "i want to be told", "i want you to tell me",
            "i would like you to tell me", "i'd be glad to know", "i should be told", "can you tell me", "could you tell me", "would you tell me", "will you tell me", "can you say so", "could you say something", "would you let me know",
            "can you warn me", "could you alert me", "keep me informed", "update me", "draw my attention to it", "point it out", "say it", "say it aloud", "wake me", "get me", "do say", "tell me at once", "tell me right away", "let me know at once"]
WATCH = ["watch and {ask}", "wait and {ask}", "look and {ask}", "have an eye on the {place} and {ask}", "stay alert and {ask}", "pay attention and {ask}", "be so good and {ask}", "from now on {ask}", "from now on, {ask}", "starting now {ask}"]
LINKS = ["when", "when", "when", "whenever", "if", "if", "as soon as", "once", "every time", "each time", "any time", "at the moment when", "the minute", "the instant", "in case", "in the event that", "right when", "only when", "always when"]
CLAUSES = {
    "kind": ["{a} appears", "{a} shows up", "{a} comes", "{a} comes in", "{a} comes back", "{a} gets put down", "{a} gets placed there", "{a} gets added", "{a} is there", "{a} is here", "{a} is on the {place}", "{a} is put down", "{a} is added",
             "{a} is placed on the {place}", "{a} is visible", "{a} is back", "there is {a}", "there is {a} on the {place}", "there is {a} to see", "you see {a}", "you notice {a}", "you recognize {a}", "you find {a}", "you discover {a}", "you can see {a}",
             "you have {a} in view", "i put down {a}", "i place {a} there", "i put {a} on the {place}", "i add {a}", "i bring {a}", "someone puts down {a}", "someone puts {a} there", "someone places {a} on the {place}", "somebody leaves {a} there",
             "somebody adds {a}", "anyone puts down {a}", "we have {a}", "the {bare} appears", "the {bare} comes back", "the {bare} is back", "the {bare} is there", "my {bare} is back", "my {bare} is there"],
    "gone": ["the {bare} is gone", "the {bare} disappears", "the {bare} vanishes", "the {bare} goes", "the {bare} leaves", "the {bare} is taken", "the {bare} is taken away", "the {bare} is removed", "the {bare} is missing", "the {bare} is lost",
             "the {bare} is stolen", "the {bare} gets taken", "the {bare} gets removed", "the {bare} gets lost", "i take the {bare}", "i take the {bare} away", "i remove the {bare}", "i pick up the {bare}", "someone takes the {bare}",
             "someone takes the {bare} away", "someone removes the {bare}", "somebody steals the {bare}", "somebody picks up the {bare}", "somebody carries off the {bare}", "anybody takes my {bare}", "anyone removes my {bare}", "my {bare} is gone",
             "my {bare} is taken", "you miss the {bare}", "you lose sight of the {bare}", "you don't see the {bare} any more", "you can no longer see the {bare}", "there is no {bare} any more", "there is no longer {a}"],
    "any": ["something changes", "anything changes", "something happens", "anything happens", "something happens on the {place}", "something is put down", "something is taken away", "something comes or goes", "something moves", "something is added",
            "something new appears", "you see a change", "you notice a change", "you notice something", "i change something", "someone changes something", "someone touches the {place}", "there is a change", "there is something new", "there is news",
            "the scene changes", "the {place} changes"],
    "empty": ["the {place} is empty", "the {place} is clear", "the {place} gets empty", "nothing is left", "nothing is there any more", "nothing is on the {place} any more", "there is nothing left", "there is nothing on the {place}", "everything is gone",
              "everything was taken away", "everything is removed", "all is gone", "all things are gone", "all the things are taken away", "you see nothing more", "you see an empty {place}", "i have cleared the {place}", "the last thing is gone"],
    "(knock)": ["someone knocks", "somebody knocks", "anyone knocks", "someone knocks on the door", "somebody knocks at the door", "there is a knock", "there is a knock on the door", "there is knocking", "you hear a knock", "you hear knocking",
                "you hear someone knock", "a knock comes", "a knock is heard", "someone is at the door"],
    "(bell)": ["a bell rings", "the bell rings", "it rings", "something rings", "someone rings", "someone rings the bell", "you hear a bell", "you hear the bell", "you hear it ring", "there is a bell", "there is ringing", "a bell sounds", "the bell sounds",
               "the bell is rung"],
    "(music)": ["music plays", "music starts", "music begins", "music is playing", "music sounds", "the music starts", "there is music", "you hear music", "you hear some music", "you hear a melody", "someone plays music", "somebody starts the music",
                "a song plays", "a song starts", "a melody plays"],
    SPEECH: ["someone speaks", "someone talks", "somebody speaks", "somebody says something", "somebody is talking", "anyone speaks", "anyone says anything", "people talk", "people speak", "you hear a voice", "you hear voices", "you hear speech",
             "you hear someone", "you hear someone talking", "there is a voice", "there is speech", "a voice is heard"],
    None: ["you hear something", "you hear anything", "you hear a sound", "you hear a noise", "there is a sound", "there is a noise", "there is anything to hear", "something sounds", "something makes a sound", "something makes a noise",
           "a sound comes", "a sound is heard", "it gets loud", "it is not silent any more"],
    "words": ["someone says {words}", "somebody says {words}", "anyone says {words}", "someone says the words {words}", "i say {words}", "i say the words {words}", "you hear {words}", "you hear the words {words}", "you hear someone say {words}",
              "someone speaks the words {words}", "the words {words} are said", "the words {words} are spoken", "someone tells you {words}", "somebody uses the words {words}"]}


def condition(rng, about):
    """-> "as soon as the {bare} is gone"; about: a key of CLAUSES"""
    return f"{pick(rng, LINKS)} {pick(rng, CLAUSES[about])}"


def request(rng, about):
    """-> "as soon as the {bare} is gone, warn me." in one of its orders"""
    ask = pick(rng, REQUESTS)
    if rng.random() < 0.12:
        ask = pick(rng, WATCH).replace("{ask}", pick(rng, REQUESTS[:19]))
    when = condition(rng, about)
    mark = "?" if ask.split()[0] in ("can", "could", "would", "will") else "."
    r = rng.random()
    if r < 0.35:
        return f"{when}, {ask}{mark}"
    return f"{ask}{',' if r < 0.42 else ''} {when}{mark}"
