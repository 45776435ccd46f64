"""What nano cannot know, who it is, and how it greets: the questions and the answers in words that help."""
from .names import fill
from .phrases import pick

WHO = "i am nano. i watch the desk and listen."
ABLE = "i name what is on the desk, and i tell what i hear."
CANNOT_KNOW = "i don't know that. i only know what i see and hear."
TOO_LONG_AGO = "i don't remember that far back."

IDENTITY = ["who are you?", "what is your name?", "what are you?", "what are you called?", "are you nano?", "what's your name?", "do you have a name?", "who am i talking to?", "who is there?", "who is this?", "are you a robot?",
            "are you a person?", "are you human?", "are you real?", "are you an assistant?", "are you a computer?", "introduce yourself.", "tell me who you are.", "tell me your name.", "tell me about yourself.",
            "say your name.", "may i know your name?", "how do i call you?", "what should i call you?", "what kind of thing are you?", "which model are you?", "what model is this?", "are you an ai?", "are you chatgpt?",
            "are you gemma?", "are you alexa?", "am i talking to a machine?", "your name?", "name?", "who's there?", "who r u?", "describe yourself.", "can you introduce yourself?"]
ABILITY = ["what can you do?", "what do you do?", "how can you help me?", "what are you able to do?", "what are you for?", "what are you good at?", "what are your skills?", "what can i ask you?", "what may i ask you?", "help.", "help?",
           "how do you work?", "what is your job?", "what is your task?", "what's your purpose?", "what is your purpose?", "why are you here?", "how can i use you?", "what questions can you answer?", "what do you know?",
           "what kind of questions can i ask?", "tell me what you can do.", "can you help me?", "what else can you do?", "which things can you do?", "how do i use you?", "what do you offer?", "explain what you do.",
           "give me some help.", "i need help.", "what are you capable of?", "what are you doing?"]
GREETINGS = {"hello.": ["hello", "hi", "hey", "hello!", "good morning", "good evening", "good afternoon", "good day", "hello there", "hi there", "hey there", "hello nano", "hi nano", "hey nano", "morning", "good morning nano",
                        "hello again", "greetings", "howdy", "nice to meet you", "hallo", "yo"],
             "you are welcome.": ["thank you", "thanks", "thank you very much", "thanks a lot", "thank you nano", "thanks nano", "many thanks", "thank you so much", "great, thanks", "cheers", "ok thanks", "that helped, thank you",
                                  "good job, thanks", "perfect, thank you", "thx"],
             "goodbye.": ["goodbye", "bye", "bye bye", "good bye", "see you", "see you later", "good night", "see you tomorrow", "goodbye nano", "bye nano", "until next time", "have a nice day", "take care", "good night nano"]}

# slots of the templates below
SLOTS = {
    "city": ["paris", "london", "berlin", "rome", "madrid", "tokyo", "new york", "vienna", "moscow", "cairo", "sydney", "oslo", "lisbon", "prague", "boston", "chicago", "hamburg", "munich", "delhi", "toronto"],
    "country": ["france", "germany", "italy", "spain", "japan", "china", "india", "brazil", "canada", "egypt", "norway", "poland", "mexico", "kenya", "peru", "sweden", "greece", "turkey", "chile", "australia"],
    "name": ["anna", "tom", "lisa", "peter", "maria", "john", "emma", "paul", "sarah", "max", "julia", "david", "nina", "mark", "eva", "ben", "clara", "felix", "laura", "simon", "my brother", "my sister", "my mother", "my father",
             "my boss", "the president", "my friend", "the neighbour", "the teacher", "my wife", "my husband", "our son"],
    "day": ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "tomorrow", "next week", "tonight", "this weekend", "the day after tomorrow"],
    "animal": ["dogs", "cats", "horses", "elephants", "lions", "spiders", "whales", "penguins", "snakes", "bees", "owls", "sharks", "wolves", "frogs"],
    "food": ["pizza", "soup", "pasta", "chocolate", "salad", "bread", "rice", "pancakes", "cheese cake", "sushi", "a good curry", "an omelette"],
    "device": ["the radio", "the television", "the heating", "the oven", "the alarm", "the fan", "the washing machine", "the music", "the computer", "the screen", "the air conditioning", "the camera", "the coffee machine"],
    "n": ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "twelve", "fifteen", "twenty", "a hundred", "17", "25", "48", "99", "3", "7", "12", "144"],
    "thing": ["a car", "a house", "bread", "gold", "a ticket to {city}", "a new phone", "a bicycle", "milk", "a kilo of apples", "this laptop"],
    "subject": ["physics", "history", "music", "football", "politics", "chess", "love", "space", "the moon", "the sea", "the war", "the future", "art", "god", "money", "tennis", "the stars", "evolution", "quantum physics"],
    "language": ["french", "german", "spanish", "italian", "latin", "chinese", "japanese", "russian", "polish", "dutch"],
    "word": ["table", "love", "house", "tree", "peace", "hello", "water", "cat", "sun", "friend"]}

UNKNOWABLE = [
    # weather
    "what is the weather?", "what's the weather like?", "how is the weather?", "how is the weather today?", "will it rain {day}?", "is it raining?", "is it cold outside?", "is it warm outside?", "how warm is it?", "how cold is it?",
    "what is the temperature?", "will it snow {day}?", "is the sun shining?", "do i need an umbrella {day}?", "what's the forecast for {day}?", "what is the weather in {city}?", "how hot is it in {city}?", "is it windy?", "when does the sun set?",
    "weather?", "weather in {city}?", "is there a storm coming?", "how humid is it?",
    # time and dates
    "what time is it?", "what is the time?", "what's the time?", "time?", "can you tell me the time?", "what day is it?", "what day is today?", "what is the date?", "what's today's date?", "what year is it?", "which month is it?",
    "is it {day}?", "how late is it?", "what time is it in {city}?", "when is christmas?", "when is easter?", "how many days until {day}?", "is today a holiday?", "when does the shop open?", "when is my next meeting?",
    "what is on my calendar {day}?", "when is my birthday?", "do i have an appointment {day}?", "what season is it?", "how long until lunch?", "what week is it?", "is it morning or evening?",
    # arithmetic
    "what is {n} plus {n}?", "what is {n} times {n}?", "what is {n} minus {n}?", "how much is {n} and {n}?", "what's {n} divided by {n}?", "calculate {n} times {n}.", "{n} + {n}?", "what is the square root of {n}?", "how much is {n} percent of {n}?",
    "add {n} and {n}.", "is {n} a prime number?", "what is half of {n}?", "solve x plus {n} equals {n}.", "how many minutes are {n} hours?", "what is {n} squared?", "convert {n} miles to kilometres.", "how many grams are {n} ounces?",
    # people
    "what is my name?", "who am i?", "how old am i?", "where do i live?", "who is {name}?", "where is {name}?", "what is {name} doing?", "how old is {name}?", "is {name} at home?", "who is speaking?", "whose voice is that?", "who was that?",
    "who is at the door?", "who knocked?", "who called?", "who is the owner of this {place}?", "whose {bare} is that?", "who put the {bare} there?", "who took the {bare}?", "who bought the {bare}?", "do you know {name}?",
    "when is {name} coming?", "what does {name} want?", "did {name} call?", "what is {name}'s phone number?", "is {name} angry?", "am i happy?", "what am i thinking?", "how do i feel?", "do i look good?", "what am i wearing?",
    "how tall am i?", "does {name} like me?", "what did {name} say about me?", "who do you think will win?",
    # about things, but not to be seen
    "how much does the {bare} cost?", "how expensive was the {bare}?", "how old is the {bare}?", "how heavy is the {bare}?", "who made the {bare}?", "where was the {bare} made?", "what brand is the {bare}?", "does the {bare} work?",
    "is the {bare} broken?", "what is the {bare} made of?", "where did i buy the {bare}?", "why is the {bare} there?", "is the {bare} expensive?", "how big is the {bare} in inches?", "how does the {bare} smell?", "is the {bare} hot?",
    "what does the {bare} taste like?", "how do i repair the {bare}?", "what is a {bare} good for?", "who invented the {bare}?", "how do you spell {word}?", "is the {bare} mine?", "what is inside the {bare}?", "does {name} need the {bare}?",
    "how many people own a {bare}?", "can i sell the {bare}?",
    # the world
    "what is the capital of {country}?", "how many people live in {city}?", "where is {city}?", "how far is it to {city}?", "who is the president of {country}?", "how big is {country}?", "what language do they speak in {country}?", "who won the match?",
    "who won the world cup?", "who wrote faust?", "who painted the mona lisa?", "how high is mount everest?", "how deep is the ocean?", "how far away is the moon?", "how old is the earth?", "why is the sky blue?", "why is grass green?",
    "how many legs do {animal} have?", "what do {animal} eat?", "how long do {animal} live?", "are {animal} dangerous?", "what is the fastest animal?", "what is the meaning of life?", "what is the meaning of {word}?", "what is {subject}?",
    "explain {subject} to me.", "tell me about {subject}.", "what do you know about {subject}?", "what is the news?", "what's new in the world?", "any news from {city}?", "how do i get to {city}?", "what is {word} in {language}?",
    "translate {word} into {language}.", "how do you say {word} in {language}?", "do you speak {language}?", "what is the price of {thing}?", "how much is {thing}?", "where can i buy {thing}?", "how do i cook {food}?", "what is in {food}?",
    "give me a recipe for {food}.", "how many calories does {food} have?", "who discovered america?", "when did the war end?", "when was {city} founded?", "what is the longest river?", "is there life on mars?", "how does a computer work?",
    "how do {animal} sleep?", "who was napoleon?", "what is the population of {country}?", "how do planes fly?", "what does dna mean?", "what is the speed of light?", "who is the richest man in the world?", "what's the stock price today?",
    # opinions and feelings
    "do you like {subject}?", "do you like {animal}?", "do you like {food}?", "what is your favourite colour?", "what is your favourite food?", "what do you think of {name}?", "what do you think about {subject}?", "do you love me?", "are you happy?",
    "are you sad?", "are you tired?", "are you bored?", "are you hungry?", "how are you?", "how are you today?", "how do you feel?", "is the {bare} pretty?", "is {name} nice?", "which is better, {animal} or {animal}?", "am i right?", "do you dream?",
    "do you sleep?", "are you alive?", "how old are you?", "where are you from?", "where do you live?", "who made you?", "who built you?", "are you clever?", "do you have friends?", "are you married?", "can you think?", "are you conscious?",
    "should i buy {thing}?", "should i call {name}?", "what should i eat?", "what should i do?", "what shall i wear {day}?", "what is the best {food}?", "is {subject} important?", "do you believe in {subject}?", "what do you want?",
    # jokes, tales, chat
    "tell me a joke.", "tell me a story.", "sing a song.", "sing something.", "write a poem about {subject}.", "write a letter to {name}.", "make me laugh.", "tell me something funny.", "tell me something new.", "let's play a game.",
    "play chess with me.", "guess what i am thinking.", "say something in {language}.", "recite a poem.", "tell me a secret.", "give me advice.", "surprise me.", "let's talk about {subject}.", "ask me something.", "knock knock.",
    # actions
    "turn on the light.", "turn off the light.", "turn on {device}.", "turn off {device}.", "switch on {device}.", "switch off {device}.", "call {name}.", "send a message to {name}.", "set a timer for {n} minutes.", "set an alarm for {n}.",
    "wake me at {n}.", "play some music.", "open the door.", "close the window.", "order {food}.", "buy {thing}.", "book a table for {n}.", "remind me to call {name}.", "add milk to my shopping list.", "clean the {place}.", "bring me the {bare}.",
    "give me the {bare}.", "move the {bare}.", "take the {bare} away.", "put the {bare} on the {place}.", "make the {bare} red.", "take a picture.", "make me {food}.", "search for {subject}.", "look up {subject}.", "open the browser.",
    "write an email to {name}.", "make it warmer.", "lock the door.", "start {device}.", "stop {device}.", "pay the bill.", "can you turn on {device}?", "could you call {name}?", "can you bring me the {bare}?", "would you open the door?",
    # elsewhere and later
    "what is in the kitchen?", "what is in the other room?", "what is behind me?", "what is under the {place}?", "what is in the drawer?", "what is outside?", "what's on television {day}?", "is the door open?", "is the window closed?", "what is in my pocket?",
    "how many rooms does the house have?", "is anybody at home?", "what will happen next?", "what will i put down next?", "will the {bare} come back?", "what will you see {day}?", "is it dark outside?",
    "what's in the fridge?", "where am i?", "what room is this?", "where is this {place}?", "what city is this?", "did i lock the door?", "is the oven on?", "did i pass the exam?",
    # statements
    "i am tired.", "i am hungry.", "i like {food}.", "i love {animal}.", "my name is {name}.", "{name} is my friend.", "the sky is blue.", "it is a nice day.", "i am going to {city}.", "i have to work {day}.", "i think {subject} is great.",
    "it is cold today.", "i bought {thing}.", "i don't like {food}.", "{name} is coming {day}.", "i am bored.", "you are funny.", "you are stupid.", "i love you.", "that is not true.", "let's go home.", "i will be back soon.", "we had {food} for lunch."]
LONG_AGO = ["this morning", "yesterday", "last week", "an hour ago", "two hours ago", "three hours ago", "last night", "half an hour ago", "a day ago", "two days ago", "last month", "last year", "on {day}", "yesterday evening", "before lunch",
            "before breakfast", "a week ago", "twenty minutes ago", "an hour before", "earlier today", "a long time ago", "last summer", "when you started", "two weeks ago", "at noon", "at midnight", "in the morning", "last christmas"]
LONG_AGO = [t.replace("on {day}", "last monday") for t in LONG_AGO]
PAST = ["what was on the {place} {then}?", "what did you see {then}?", "what was there {then}?", "what did you hear {then}?", "what did i say {then}?", "what happened {then}?", "was there {a} on the {place} {then}?", "was there {a} {then}?",
        "where was the {bare} {then}?", "what colour was the {bare} {then}?", "how many objects were there {then}?", "how many {plural} were on the {place} {then}?", "did you see {a} {then}?", "did someone knock {then}?", "did i put down {a} {then}?",
        "what changed {then}?", "who was here {then}?", "{then}, what was on the {place}?", "what lay on the {place} {then}?", "do you remember what was on the {place} {then}?", "tell me what was on the {place} {then}.", "what did i do {then}?",
        "did the bell ring {then}?", "was there music {then}?", "what was next to the {bare} {then}?", "which objects were there {then}?", "what was the first thing you ever saw?", "what was the first thing i put down today?",
        "how many times did someone knock today?", "what have you seen today?", "what have you heard today?", "what did i say the first time?", "when did you see {a} for the first time?", "list everything you have ever seen.",
        "what did you see all day?", "was the {bare} there {then}?"]


def slots(template, rng):
    """The template with its slots of SLOTS filled, each with a new draw."""
    while True:
        slot = next((s for s in SLOTS if "{" + s + "}" in template), None)
        if slot is None:
            return template
        template = template.replace("{" + slot + "}", pick(rng, SLOTS[slot]), 1)


def ask_greeting(rng):
    answer = pick(rng, ["hello.", "hello.", "you are welcome.", "you are welcome.", "goodbye."])
    text = pick(rng, GREETINGS[answer])
    return text + pick(rng, [".", "", "!"]) if text[-1].isalpha() else text, answer


def ask_unknowable(rng, place="desk"):
    """What can be seen in no picture and heard in no sound, who nano is, what it can do, what is out of its memory, and greetings -> (question, answer)."""
    r = rng.random()
    if r < 0.12:
        return pick(rng, IDENTITY), WHO
    if r < 0.22:
        return pick(rng, ABILITY), ABLE
    if r < 0.38:
        return fill(slots(pick(rng, PAST).replace("{then}", pick(rng, LONG_AGO)), rng), rng, place), TOO_LONG_AGO
    if r < 0.48:
        return ask_greeting(rng)
    return fill(slots(pick(rng, UNKNOWABLE), rng), rng, place), CANNOT_KNOW
