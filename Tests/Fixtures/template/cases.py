"""Functions, calls and responses of every kind that the published template writes in a way of its own."""


def function(name, description="", parameters=None, response=None):
    made = dict(name=name, description=description)
    if parameters is not None:
        made["parameters"] = parameters
    if response is not None:
        made["response"] = response
    return made


def thing(properties, required=()):
    made = dict(type="object", properties=properties)
    if required:
        made["required"] = list(required)
    return made


LAMP = function("set_lamp", "sets the lamp.", thing({
    "colour": dict(type="string", description="which colour", enum=["red", "warm white", "blue"]), "on": dict(type="boolean"),
    "level": dict(type="integer", description="from 1 to 9"), "Fade": dict(type="number")}, ["on", "colour"]))
NESTED = function("place", "puts a thing somewhere.", thing({
    "at": dict(thing({"x": dict(type="number"), "y": dict(type="number", description="metres")}, ["x", "y"]), description="where"),
    "note": dict(type="string", nullable=True), "maybe": dict(thing({"deep": thing({"er": dict(type="boolean")})}), nullable=True)}, ["at"]))
LISTS = function("play", "plays songs.", thing({
    "songs": dict(type="array", description="their names", items=dict(type="string")),
    "levels": dict(type="array", items=dict(type="integer", description="0 to 9")),
    "moves": dict(type="array", items=thing({"to": dict(type="string", enum=["left", "right"]), "steps": dict(type="integer")}, ["to"]))},
    ["songs"]))
CAPITALS = function("turn", "turns the robot.", dict(
    type="OBJECT", required=["direction"], properties={"direction": dict(type="STRING", enum=["LEFT", "RIGHT"]), "by": dict(type="INTEGER")}))
ANSWERS = function("measure", "measures.", thing({"what": dict(type="string")}), dict(type="object", description="a value and its unit"))

# Functions that are declared; calls with their arguments; what a function returned.
CASES = [
    dict(functions=[function("ring", "rings the bell.", dict(type="object"))], calls=[("ring", {})], responses=[("ring", {"ok": True})]),
    dict(functions=[LAMP], calls=[("set_lamp", {"on": False, "colour": "warm white", "level": 3, "Fade": 0.5})],
         responses=[("set_lamp", {"result": "done", "level": 3, "at": 12.25})]),
    dict(functions=[NESTED], calls=[("place", {"at": {"y": -2, "x": 1.5}, "note": "careful, {it} is [hot]: \"very\""})],
         responses=[("place", {"error": "no room", "tried": [1, 2, 3]})]),
    dict(functions=[LISTS], calls=[("play", {"songs": ["a, b", "c"], "levels": [1, -20], "moves": [{"to": "left", "steps": 2}, {"to": "right"}]})],
         responses=[("play", {"songs": [{"name": "a, b", "ok": True}], "none": []})]),
    dict(functions=[CAPITALS, ANSWERS, LAMP], calls=[("turn", {"direction": "LEFT", "by": 90}), ("measure", {"what": "light"})],
         responses=[("measure", {"value": 7, "unit": "lx"}), ("turn", {"result": "turned"})]),
    dict(functions=[function("groesse", "Größe in Metern: „wie groß?“", thing({"wo": dict(type="string", description="日本")}))],
         calls=[("groesse", {"wo": "東京 😀"})], responses=[("groesse", {"wert": "1,5 m"})]),
]
