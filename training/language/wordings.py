"""The templates of questions about the picture. {a}: "a mug", {bare}: "mug", {plural}: "mugs", {place}: "desk"; how they are typed is another file's.

Of each group `ALOUD[group]` are also spoken: what the ear must learn word by word stays small.
"""
LIST = ["what is on the {place}?", "what's on the {place}?", "what do you see?", "what can you see?", "list the objects.", "list the objects on the {place}.",
        "what lies on the {place}?", "which objects are on the {place}?", "what objects do you see?", "name the things on the {place}.", "what is there?",
        "what is on the {place} now?", "what things are on the {place}?", "tell me what is on the {place}.", "what do you see on the {place}?", "what is here?"]
PRESENCE = ["is there {a}?", "do you see {a}?", "is there {a} on the {place}?", "can you see {a}?", "do you see {a} on the {place}?", "is {a} there?",
            "is {a} on the {place}?", "is there any {bare}?"]
COLOUR = ["what colour is the {bare}?", "which colour is the {bare}?", "what is the colour of the {bare}?", "tell me the colour of the {bare}.",
          "what colour does the {bare} have?"]
COUNT_KIND = ["how many {plural} are there?", "how many {plural} do you see?", "how many {plural} are on the {place}?", "count the {plural}."]
COUNT_ALL = ["how many objects are there?", "how many things do you see?", "how many objects are on the {place}?", "how many things are on the {place}?",
             "count the objects."]
WHERE = ["where is the {bare}?", "where do you see the {bare}?", "where on the {place} is the {bare}?", "tell me where the {bare} is."]
LEFT_OF = ["what is left of the {bare}?", "what is to the left of the {bare}?", "what do you see left of the {bare}?"]
RIGHT_OF = ["what is right of the {bare}?", "what is to the right of the {bare}?", "what do you see right of the {bare}?"]
NEXT_TO = ["what is next to the {bare}?", "what is near the {bare}?", "what stands next to the {bare}?"]
CHANGED = ["what changed?", "what has changed?", "what is different now?", "what just happened?", "what happened on the {place}?"]
PUT = ["what did i just put down?", "what did i put on the {place}?", "what did i just add?", "what is the new object?"]
TAKEN = ["what did i just take away?", "what did i take away?", "what did i remove?", "what is missing now?", "what is gone?"]
HEARD = ["what did you hear?", "what did you just hear?", "what was that sound?", "what was the last sound?"]
SAID = ["what did i say?", "what did i just say?"]
LAST = ["what happened last?", "what was the last thing that happened?"]
AGO_SOUND = ["how long ago did you hear {sound}?", "when did you hear {sound}?", "how long ago was {sound}?"]
AGO_PUT = ["how long ago was the {bare} put down?", "when was the {bare} put down?", "when did i put down the {bare}?"]
AGO_TAKEN = ["how long ago was the {bare} taken away?", "when was the {bare} taken away?", "when did i take the {bare} away?"]
ALOUD = {name: list(templates) for name, templates in list(globals().items()) if name.isupper()}

# ------------------------------------------------------------------------------------------------ typed only
LIST += ["objects?", "what's there?", "what's here?", "what is there on the {place}?", "what's on my {place}?", "what is on my {place}?", "list everything.", "list everything on the {place}.",
         "what can you see on the {place}?", "what can you see right now?", "what do you see right now?", "what are you seeing?", "what are you looking at?", "tell me what you see.",
         "tell me everything you see.", "describe the {place}.", "describe what you see.", "describe the scene.", "which things are there?", "which things can you see?", "what objects are there?",
         "what objects are on the {place}?", "what's lying on the {place}?", "what is lying on the {place}?", "what's on the {place} right now?", "what is on the {place} at the moment?",
         "name the objects.", "name everything you see.", "name all objects on the {place}.", "give me a list of the objects.", "give me a list of what is on the {place}.", "list what you see.",
         "list all objects.", "list things.", "show me what is on the {place}.", "what have we got on the {place}?", "what have i got on my {place}?", "what do i have on my {place}?",
         "what do we have here?", "can you tell me what is on the {place}?", "could you list the things on the {place}?", "can you list the objects on the {place}?", "what all is on the {place}?",
         "what stuff is on the {place}?", "what items are on the {place}?", "which items do you see?", "what items are there?", "contents of the {place}?", "{place}?", "on the {place}?",
         "what is in front of you?", "what's in front of you?", "what is in view?", "what is in the picture?", "what does the camera show?", "what does the camera see?", "anything on the {place}?",
         "is there anything on the {place}?", "what is standing on the {place}?", "what remains on the {place}?", "what is still on the {place}?", "which objects can you see?",
         "what do you see there?", "what do you notice on the {place}?", "now what is on the {place}?", "what can be seen?", "what can be found on the {place}?"]
PRESENCE += ["{bare}?", "any {bare}?", "is there {a} here?", "is there {a} there?", "is there {a} now?", "do you see {a} now?", "can you see {a} there?", "can you see {a} on the {place}?", "can you see any {bare}?",
             "do you see any {bare}?", "is {a} visible?", "is {a} in view?", "is the {bare} there?", "is the {bare} still there?", "is the {bare} here?", "is the {bare} on the {place}?", "do you see the {bare}?",
             "can you see the {bare}?", "is there {a} on my {place}?", "is my {bare} there?", "is my {bare} on the {place}?", "do you see my {bare}?", "have you got {a} in view?", "is there {a} in front of you?",
             "is {a} among the objects?", "does the {place} have {a} on it?", "{a}?", "{a} there?", "{a} on the {place}?", "do i have {a} on the {place}?", "do we have {a} here?", "can you spot {a}?",
             "can you find {a}?", "is there by any chance {a}?", "there is {a}, right?", "is there still {a}?", "do you still see {a}?", "is {a} lying there?", "is the {bare} visible?", "tell me if there is {a}.",
             "tell me whether there is {a}.", "check if there is {a}.", "did someone leave {a} on the {place}?", "is one of the things {a}?"]
COLOUR += ["colour of the {bare}?", "what's the colour of the {bare}?", "{bare} colour?", "what colour is my {bare}?", "what colour's the {bare}?", "the {bare} is what colour?", "can you tell me the colour of the {bare}?",
           "which colour does the {bare} have?", "what is the {bare}'s colour?", "say the colour of the {bare}.", "name the colour of the {bare}.", "what colour do you see on the {bare}?",
           "what colour is the {bare} on the {place}?", "what colour is that {bare}?", "what colour is the {bare} there?", "in what colour is the {bare}?", "do you know the colour of the {bare}?",
           "what colour would you say the {bare} is?", "what is the colour of my {bare}?", "give me the colour of the {bare}.", "how is the {bare} coloured?", "what kind of colour is the {bare}?"]
COUNT_KIND += ["{plural}: how many?", "how many {plural}?", "number of {plural}?", "how many {plural} can you see?", "how many {plural} are here?", "how many {plural} are on my {place}?", "how many {plural} do i have?",
               "what is the number of {plural}?", "count all {plural}.", "count the {plural} on the {place}.", "can you count the {plural}?", "please count the {plural}.", "tell me how many {plural} there are.",
               "how many {plural} are there on the {place}?", "how many {plural} lie on the {place}?", "how many {plural} have we got?", "how many {plural} are there now?", "how many {plural} do you count?",
               "tell me the number of {plural}."]
COUNT_ALL += ["how many objects?", "how many things?", "how many things are there?", "how many objects do you see?", "how many objects can you see?", "how many things can you see?", "how many items are there?",
              "how many items are on the {place}?", "number of objects?", "number of things on the {place}?", "what is the number of objects?", "count the things.", "count everything.", "count everything on the {place}.",
              "count the things on the {place}.", "tell me how many things there are.", "tell me how many objects are on the {place}.", "how many objects are there now?", "how many things are there on the {place}?",
              "how many things lie on the {place}?", "how many different objects lie there in all?", "how much stuff is on the {place}?", "how many objects in total?", "can you count the objects?"]
WHERE += ["where's the {bare}?", "where's my {bare}?", "where is my {bare}?", "{bare} where?", "where can i find the {bare}?", "where does the {bare} stand?", "where does the {bare} lie?", "in which place is the {bare}?",
          "in what part of the {place} is the {bare}?", "can you tell me where the {bare} is?", "do you know where the {bare} is?", "where exactly is the {bare}?", "where on the {place} do you see the {bare}?",
          "where's the {bare} on the {place}?", "find the {bare}.", "locate the {bare}.", "position of the {bare}?", "what is the position of the {bare}?", "where is the {bare} now?", "where did i put the {bare}?",
          "where did i leave the {bare}?", "i can't find the {bare}, where is it?", "i am looking for the {bare}.", "show me where the {bare} is.", "whereabouts is the {bare}?"]
_SIDE = ["what's {side} of the {bare}?", "what's to the {side} of the {bare}?", "what is on the {side} of the {bare}?", "what's on the {side} of the {bare}?", "what is on the {side} side of the {bare}?", "what stands {side} of the {bare}?",
         "what stands to the {side} of the {bare}?", "what lies {side} of the {bare}?", "what lies to the {side} of the {bare}?", "what do you see to the {side} of the {bare}?", "what can you see {side} of the {bare}?",
         "which objects are {side} of the {bare}?", "which things are to the {side} of the {bare}?", "list what is {side} of the {bare}.", "tell me what is {side} of the {bare}.", "{side} of the {bare}?",
         "to the {side} of the {bare}?", "anything {side} of the {bare}?", "is there anything {side} of the {bare}?", "name the things {side} of the {bare}.", "what things are to the {side} of the {bare}?"]
LEFT_OF += [t.replace("{side}", "left") for t in _SIDE]
RIGHT_OF += [t.replace("{side}", "right") for t in _SIDE]
NEXT_TO += ["what's next to the {bare}?", "what is beside the {bare}?", "what's beside the {bare}?", "what is close to the {bare}?", "what is closest to the {bare}?", "what is nearest to the {bare}?",
            "what lies next to the {bare}?", "what is right next to the {bare}?", "which object is next to the {bare}?", "which thing is closest to the {bare}?", "next to the {bare}?", "what is by the {bare}?",
            "what do you see next to the {bare}?", "tell me what is next to the {bare}.", "what is the neighbour of the {bare}?", "what's near the {bare}?"]
CHANGED += ["what's changed?", "what's different?", "what is different?", "what changed on the {place}?", "what has changed on the {place}?", "what just changed?", "what happened?", "what happened just now?",
            "what happened here?", "what has happened?", "did anything change?", "did something change?", "has anything changed?", "any changes?", "changes?", "tell me what changed.", "tell me what happened.",
            "what did i do?", "what did i just do?", "what did i change?", "what was done?", "what was changed?", "what is different on the {place} now?", "did anything happen on the {place}?", "what's the difference?",
            "what is not as before?", "which change did you see?"]
PUT += ["what's new on the {place}?", "what's the new object?", "what was put down?", "what was just put down?", "what was added?", "what did i add?", "what did i just place there?", "what did i put down?",
        "what did i just put there?", "which object is new?", "what has been added?", "which thing was put down?", "what came?", "what appeared?", "what just appeared?", "tell me what i put down.",
        "tell me what was added.", "what have i put on the {place}?", "what did i place on the {place}?", "what is there now that was not there before?"]
TAKEN += ["what's gone?", "what's missing?", "what is missing?", "what was taken away?", "what was just taken away?", "what was removed?", "what did i just remove?", "what did i take?", "what did i just take?",
          "what disappeared?", "what just disappeared?", "what has been removed?", "what has gone?", "which object is gone?", "which object is missing?", "which thing was taken away?", "what did i take off the {place}?",
          "tell me what i took away.", "tell me what is gone.", "what is no longer there?", "what is no longer on the {place}?", "what went away?", "what was there before and is gone now?"]
HEARD += ["what have you heard?", "what do you hear?", "what did you hear last?", "what did you hear just now?", "what sound was that?", "what was that?", "what was that noise?", "which sound did you hear?",
          "which sound was that?", "what kind of sound was that?", "did you hear anything?", "did you hear something?", "did you hear that?", "heard anything?", "what was the sound?", "what did it sound like?",
          "tell me what you heard.", "what can you hear?", "what was to be heard?", "any sounds?", "last sound?", "what was the last thing you heard?", "what's the last thing you heard?", "what sound did you hear last?",
          "what was the newest sound?", "what's that sound?", "what is that sound?"]
SAID += ["what have i said?", "what did i say last?", "what did i say just now?", "what did i tell you?", "what did i just tell you?", "which words did i say?", "repeat what i said.", "say again what i said.",
         "tell me what i said.", "what were my words?", "what were my last words?", "what was the last thing i said?", "what did i ask?", "what did i just ask?", "what did i ask you?", "can you repeat what i said?",
         "what was said?", "what did you hear me say?", "did i say anything?", "my last words?"]
LAST += ["what's the last thing that happened?", "what happened most recently?", "what was the last event?", "last event?", "what was the latest thing to happen?", "what was the most recent event?",
         "tell me what happened last.", "tell me the last thing that happened.", "what came last?", "what did you notice last?", "what was the last thing you noticed?", "what have you noticed last?",
         "which event was the last?", "what is the latest?", "what's the latest?", "what went on last?", "what's the last thing you saw or heard?"]
AGO_SOUND += ["how long ago did {sound} sound?", "when was {sound}?", "how long since {sound}?", "how long has it been since {sound}?", "how long is it since you heard {sound}?", "when did you last hear {sound}?",
              "how much time has passed since {sound}?", "how long ago was the last time you heard {sound}?", "when was the last time you heard {sound}?", "{sound}: how long ago?", "when have you heard {sound}?",
              "tell me when you heard {sound}, how long ago.", "how many seconds since {sound}?"]
AGO_PUT += ["how long ago did i put down the {bare}?", "how long has the {bare} been there?", "since when is the {bare} there?", "when did the {bare} appear?", "how long ago did the {bare} appear?",
            "how long ago was the {bare} put there?", "when was the {bare} put there?", "when was the {bare} added?", "how long ago did i add the {bare}?", "when did i place the {bare} there?",
            "how long is it since the {bare} was put down?", "when did the {bare} come?", "how long is the {bare} there already?"]
AGO_TAKEN += ["how long ago did i take the {bare} away?", "how long has the {bare} been gone?", "since when is the {bare} gone?", "when did the {bare} disappear?", "how long ago did the {bare} disappear?",
              "when was the {bare} removed?", "how long ago was the {bare} removed?", "when did i remove the {bare}?", "how long is it since the {bare} was taken away?", "when did the {bare} go?",
              "when did i take the {bare}?", "how long ago did the {bare} vanish?"]
# {sound}; and what one hears it do, where the template says hear
SOUND_NAMES = {"(knock)": ["a knock", "the knock", "the knocking"], "(bell)": ["a bell", "the bell", "the ringing"], "(music)": ["music", "the music", "some music"], "(speech)": ["a voice", "the voice"]}
SOUND_DEEDS = {"(knock)": ["someone knock", "knocking"], "(bell)": ["a bell ring", "ringing"], "(music)": ["music play", "a melody"], "(speech)": ["someone speak", "somebody talk", "me speak"]}
MOVED = ["when was the {bare} moved?", "how long ago was the {bare} moved?", "when did i move the {bare}?", "how long ago did i move the {bare}?"]
FOLLOW_COLOUR = ["and its colour?", "what colour is it?", "and what colour is it?", "its colour?", "which colour?", "what colour?", "and the colour?", "and what is its colour?"]
FOLLOW_WHERE = ["and where is it?", "where is it?", "where?", "and where?", "where exactly?", "and where does it stand?", "and where can i find it?"]
FOLLOW_NEXT = ["what is next to it?", "and what is next to it?", "what is beside it?", "next to it?", "and next to it?", "what's next to it?"]
FOLLOW_SIDE = {True: ["what is left of it?", "and left of it?", "what is to the left of it?", "what's to its left?"],
               False: ["what is right of it?", "and right of it?", "what is to the right of it?", "what's to its right?"]}
FOLLOW_KIND = ["and the {bare}?", "what about the {bare}?", "how about the {bare}?", "and {a}?", "the {bare}?", "and what about the {bare}?"]
FOLLOW_KINDS = ["and {plural}?", "and how many {plural}?", "what about {plural}?", "how about {plural}?", "{plural}?"]
