"""What was told to whom: who is to have heard each event of the main session once and in order is compared here."""
import collections
import json
import zlib


class Ledger:
    """All that happened on the main session, put together from what its observers heard.
    `sums` are checksums of its events by `mm.seq`; `texts` what was said, by turn; `others` the events that went to one client alone;
    `over` turns whose end an SDK has read."""

    def __init__(self):
        self.sums, self.texts, self.others, self.last = {}, {}, set(), 0
        self.answers, self.owners, self.over, self.courses = [], {}, set(), []

    def heard(self, message, tally):
        """One event as an observer heard it: each of them must have heard the same."""
        number = message["mm"]["seq"]
        total = zlib.crc32(json.dumps(message, sort_keys=True).encode())
        if self.sums.setdefault(number, total) != total:
            tally.wrong(f"event {number} is not what others heard: {json.dumps(message)[:200]}")
        if number > self.last:
            self.last = number
            self.said(message)

    def said(self, message):
        parts = message.get("serverContent", {}).get("modelTurn", {}).get("parts", [])
        turn = message["mm"].get("turn")
        if parts and turn:
            self.texts[turn] = self.texts.get(turn, "") + "".join(p.get("text", "") for p in parts)

    def took(self, turn, client, tally):
        """A question was taken as this turn: it must be no other client's."""
        if self.owners.setdefault(turn, client) is not client:
            tally.wrong(f"turn {turn} is another client's")

    def answered(self, turn, text, tally):
        self.answers.append((turn, text, tally))

    def compare(self):
        """At the end: observers lack nothing but what was not for them, and who asked had the words that they heard."""
        for course in self.courses:
            lacking = [number for number in course.lacking(self.last) if number not in self.others]
            if lacking:
                course.tally.wrong(f"{course.name} lacks {len(lacking)} events: {lacking[:10]}")
        if self.courses:
            for turn, text, tally in self.answers:
                if self.texts.get(turn, "") != text:
                    tally.wrong(f"turn {turn} was told as {text!r}; observers heard {self.texts.get(turn)!r}")


class Course:
    """The events of one client, over all its connections. `next` is the number that has to come."""

    def __init__(self, name, start, tally, ledger=None):
        self.name, self.next, self.tally, self.ledger = name, start, tally, ledger
        self.missed = collections.deque(maxlen=100_000)
        if ledger is not None:
            ledger.courses.append(self)

    def take(self, message):
        """An event, or a message without a number."""
        mm = message.get("mm", {})
        if isinstance(mm.get("gap", {}).get("from"), int):
            self.tally.wrong(f"{self.name}: events {mm['gap']} are not held any more")
        if "seq" not in mm:
            return
        number = mm["seq"]
        self.tally.events += 1
        if number < self.next:
            self.tally.wrong(f"{self.name}: event {number} came again, or late; {self.next} was next")
        else:
            self.missed.extend(range(self.next, number))
            self.next = number + 1
        if self.ledger is not None:
            self.ledger.heard(message, self.tally)

    def lacking(self, last):
        return list(self.missed) + list(range(self.next, last + 1))
