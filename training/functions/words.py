"""What made-up functions are made of: words for training, and others that it never sees."""
from dataclasses import dataclass

from .. import language
from ..language import COLOURS, KINDS


@dataclass(frozen=True)
class Words:
    """What functions are made of. actions, people and goods: (verb, third person, participle)."""
    actions: list
    people: list
    goods: list
    notes: list
    nouns: list
    which: list
    properties: list              # (name, "integer" or "number", first, last)
    choices: list                 # (name, its values)
    persons: list
    items: list
    texts: list
    names: dict                   # parameters' names by their meaning


def _verbs(text):
    return [tuple(v.split("/")) for v in text.split()]


TRAINED = Words(
    actions=_verbs("open/opens/opened close/closes/closed start/starts/started stop/stops/stopped lock/locks/locked unlock/unlocks/unlocked clean/cleans/cleaned reset/resets/reset check/checks/checked "
                   "empty/empties/emptied fill/fills/filled lift/lifts/lifted lower/lowers/lowered wash/washes/washed dry/dries/dried charge/charges/charged pause/pauses/paused water/waters/watered "
                   "paint/paints/painted repair/repairs/repaired test/tests/tested move/moves/moved cool/cools/cooled heat/heats/heated load/loads/loaded save/saves/saved delete/deletes/deleted "
                   "cover/covers/covered turn/turns/turned connect/connects/connected block/blocks/blocked print/prints/printed update/updates/updated hide/hides/hidden show/shows/shown"),
    people=_verbs("call/calls/called invite/invites/invited greet/greets/greeted remind/reminds/reminded wake/wakes/woke thank/thanks/thanked warn/warns/warned help/helps/helped ask/asks/asked fetch/fetches/fetched"),
    goods=_verbs("order/orders/ordered buy/buys/bought find/finds/found sell/sells/sold rent/rents/rented send/sends/sent cook/cooks/cooked bring/brings/brought pack/packs/packed borrow/borrows/borrowed"),
    notes=_verbs("note/notes/noted log/logs/logged store/stores/stored record/records/recorded report/reports/reported keep/keeps/kept"),
    nouns="gate door window fan heater radio blind curtain pump oven fridge alarm screen printer fountain tap valve garage drawer lift siren light mixer grill boiler mower vacuum toaster freezer dryer antenna shutter ladder "
          "pool tank barrel chimney stove tent cart crane bench bridge ship train tower wheel engine motor robot drone safe cabinet wardrobe bath shower sink mirror table roof wall fence pond tree lawn hedge well "
          "cage box lamp clock bell speaker amplifier projector scanner router server database file folder account backup playlist timer counter sensor meter battery plug switch button lever machine conveyor press furnace "
          "aquarium greenhouse terrace balcony elevator escalator carousel hammock piano organ guitar drum".split(),
    which="kitchen garden bedroom office front back upper lower big small old new first second guest cellar attic hall bathroom school studio north south east west main side outer inner summer winter night day spare "
          "workshop library museum hotel".split(),
    properties=[("speed", "integer", 1, 9), ("volume", "integer", 0, 20), ("brightness", "integer", 0, 99), ("level", "integer", 1, 12), ("temperature", "number", 3, 40), ("height", "number", 0.5, 4), ("pressure", "integer", 1, 80),
                ("power", "integer", 10, 95), ("angle", "integer", 0, 90), ("weight", "number", 1, 30), ("channel", "integer", 1, 60), ("distance", "integer", 1, 50)],
    choices=[("colour", tuple(COLOURS)), ("mode", ("fast", "slow", "quiet", "eco", "auto", "strong")), ("direction", ("up", "down", "left", "right", "forward", "backward")), ("size", ("small", "medium", "large")),
             ("state", ("ready", "asleep", "awake", "locked", "free")), ("style", ("plain", "bright", "dark", "warm", "cold"))],
    persons="anna tom lisa peter maria john emma paul sarah max julia david nina mark eva ben clara felix laura simon rosa karl hugo ida lena otto mia leo zoe finn".split(),
    items=[language.bare(k) for k in range(len(KINDS))] + ["pizza", "soup", "salad", "cake", "chair", "ticket", "bicycle", "blanket", "pencil", "newspaper", "sandwich", "pillow"],
    texts=["hello", "come home", "dinner is ready", "i am late", "see you soon", "good night", "the door is open", "thank you", "call me back", "it is time to go", "happy birthday", "we are waiting", "bring some bread"],
    names={"on": ["on", "enabled", "active", "running"], "person": ["name", "person", "who", "contact"], "item": ["item", "thing", "object", "what"], "count": ["count", "amount", "number", "times"],
           "text": ["text", "message", "words", "note"], "value": ["value", "level", "to", "target"]})
HELD = Words(
    actions=_verbs("shake/shakes/shaken tighten/tightens/tightened inspect/inspects/inspected calibrate/calibrates/calibrated sweep/sweeps/swept refresh/refreshes/refreshed fold/folds/folded launch/launches/launched raise/raises/raised "
                   "drain/drains/drained seal/seals/sealed rotate/rotates/rotated mute/mutes/muted archive/archives/archived polish/polishes/polished secure/secures/secured"),
    people=_verbs("contact/contacts/contacted notify/notifies/notified welcome/welcomes/welcomed alert/alerts/alerted visit/visits/visited praise/praises/praised"),
    goods=_verbs("purchase/purchases/purchased deliver/delivers/delivered request/requests/requested reserve/reserves/reserved ship/ships/shipped locate/locates/located"),
    notes=_verbs("register/registers/registered submit/submits/submitted"),
    nouns="dishwasher thermostat awning sprinkler chandelier jukebox turbine hatch trapdoor kiln incubator telescope submarine treadmill sauna jacuzzi locker vault turnstile loom anvil cannon lighthouse "
          "windmill volcano spaceship gondola tractor harvester".split(),
    which="basement backyard lobby nursery penthouse corridor rooftop harbour laboratory theatre stable rear central tiny giant golden".split(),
    properties=[("humidity", "integer", 5, 95), ("rotation", "integer", 0, 60), ("tempo", "integer", 1, 40), ("depth", "number", 1, 20), ("frequency", "number", 80, 108), ("thickness", "integer", 1, 15)],
    choices=[("tint", tuple(COLOURS)), ("scene", ("party", "sunset", "movie", "reading")), ("phase", ("early", "late", "final")), ("texture", ("smooth", "rough", "soft"))],
    persons="oliver greta theo wanda boris alma viktor irene samuel nora pablo yuki amir chloe dora gustav".split(),
    items=[language.bare(k) for k in range(len(KINDS))] + ["burger", "violin", "helmet", "tractor", "bucket", "carpet", "lemonade", "trophy"],
    texts=["the train is late", "please wait outside", "water the plants", "the shop is closed", "good luck", "meet me at noon", "supper is served", "all is well"],
    names={"on": ["powered", "activated", "state"], "person": ["recipient", "guest", "friend"], "item": ["article", "goods", "product"], "count": ["quantity", "total", "copies"],
           "text": ["content", "body", "sentence"], "value": ["setting", "amount", "goal"]})
