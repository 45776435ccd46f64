"""Long recordings: what shall happen, and what is true at a moment. Every rule of truth.py has its own small record here."""
import json

import numpy as np
import pytest
from PIL import Image

from training import language
from training.streams import asks, soundtrack, stage, timeline, topics, truth, watches
from training.streams.truth import Change, Heard, Record, Span, State

MUG, BOOK, LAMP, KEY = (language.INDEX[n] for n in ("mug", "book", "lamp", "key"))


def thing(kind, identity, x=0.2, y=0.3, colour=0):
    return language.Thing(kind, colour, x, y, identity)


MUG1, BOOK2, LAMP3 = thing(MUG, 1), thing(BOOK, 2, 0.5, 0.7), thing(LAMP, 3, 0.8, 0.3)


@pytest.fixture
def record():
    """A mug; at 20 s a book is put down, at 40 s the mug is taken away; a knock at 50 s. A hand from 60 to 62 s, dark from 70 to 74 s, the camera muted from 80 to 90 s."""
    return Record(
        200.0, states=[State(0.5, "desk", (MUG1,)), State(20.0, "desk", (MUG1, BOOK2)), State(40.0, "desk", (BOOK2,))],
        changes=[Change(20.0, "put", (MUG1,), (MUG1, BOOK2)), Change(40.0, "taken", (MUG1, BOOK2), (BOOK2,))], hands=[Span(60.0, 62.0)], darks=[Span(70.0, 74.0)],
        muted=[("camera", Span(80.0, 90.0))], told=[0.5, 20.0, 40.0, 60.0, 60.5, 61.0, 61.5, 62.0, 70.0, 74.0], sounds=[Heard(50.0, 51.0, "(knock)")])


def test_now_is_the_newest_state_that_can_be_seen(record):
    assert truth.state(record, 0.4) is None
    assert [t.kind for t in truth.state(record, 19.9).things] == [MUG] and [t.kind for t in truth.state(record, 20.0).things] == [MUG, BOOK]
    for time, seen in ((10, True), (60.5, False), (62, True), (72, False), (74, True), (85, False), (90, True)):
        assert truth.sees(record, time) == seen, time


def test_nothing_is_asked_of_what_has_just_happened(record):
    for time, settled in ((19.9, True), (20.0, False), (21.4, False), (21.6, True), (61, False), (63, False), (63.6, True), (75, False), (91, False), (91.6, True)):
        assert truth.is_settled(record, time) == settled, time
    for time, quiet in ((49.7, True), (50.5, False), (52.4, False), (52.6, True)):
        assert truth.is_quiet(record, time) == quiet, time
    assert truth.is_steady(record, 25, 39) and not truth.is_steady(record, 25, 41) and not truth.is_steady(record, 55, 61) and not truth.is_steady(record, 21, 23)


def test_the_last_change_is_told_only_where_it_is_certain(record):
    assert truth.last_change(record, 10) is None and truth.is_unchanged(record, 10)
    assert truth.last_change(record, 30).kind == "put" and not truth.is_unchanged(record, 30)
    assert truth.last_change(record, 79).kind == "taken"
    assert truth.last_change(record, 95) is None, "the mute wiped it"
    record.muted.clear()
    assert truth.last_change(record, 98).kind == "taken" and truth.last_change(record, 102) is None, "a minute ago"
    record.changes.append(Change(95.0, "light"))
    assert truth.last_change(record, 97).kind == "taken"
    record.changes.append(Change(96.0, "shift"))
    assert truth.last_change(record, 97) is None


def test_two_changes_at_once_are_no_certain_last_one(record):
    record.changes.insert(1, Change(39.0, "moved", (MUG1, BOOK2), (thing(MUG, 1, 0.9), BOOK2)))
    assert truth.last_change(record, 45) is None


def test_memory_ends_at_the_frames_and_sounds_a_budget_surely_holds(record):
    record.told = [20.0, 40.0] + [41 + 0.5 * n for n in range(truth.FRAMES)]
    assert truth.seen_from(record, 45.0) == -15 and truth.seen_from(record, 60.0) == 41 and truth.last_change(record, 60) is None
    record.sounds += [Heard(100 + 3 * n, 101 + 3 * n, "(bell)") for n in range(truth.SOUNDS)]
    assert all(s.text == "(bell)" for s in truth.remembered(record, 125)) and truth.heard_from(record, 125) == 101


def test_just_taken_is_what_was_there_half_a_minute_ago(record):
    assert truth.just_taken(record, 39) == [] and truth.just_taken(record, 69) == [MUG] and truth.just_taken(record, 70.1) == []
    record.states.append(State(55.0, "desk", (BOOK2, thing(MUG, 7))))
    assert truth.just_taken(record, 58) == [], "another one is there"


def test_never_seen_and_the_newest_sound(record):
    assert LAMP in truth.never_seen(record, 100) and MUG not in truth.never_seen(record, 100) and BOOK in truth.never_seen(record, 19)
    assert truth.is_silent_yet(record, 49) and not truth.is_silent_yet(record, 50)
    assert truth.last_sound(record, 50.5) is None and truth.last_sound(record, 60).text == "(knock)" and truth.last_sound(record, 111) is None
    record.sounds.append(Heard(70, 73, "(noise)"))
    assert truth.last_sound(record, 80).text == "(knock)"
    record.sounds.append(Heard(75, 76, "hello", sure=False))
    assert truth.last_sound(record, 80) is None
    record.muted.append(("microphone", Span(74, 78)))
    assert truth.last_sound(record, 79) is None and truth.remembered(record, 79) == [], "the mute wiped all"


def test_observations_are_single_things_while_the_camera_is_on(record):
    record.changes += [Change(85.0, "put", (BOOK2,), (BOOK2, LAMP3)), Change(100.0, "exchange", (BOOK2, LAMP3), ())]
    assert [(t, kind, o.kind) for t, kind, o in truth.observations(record)] == [(20.0, "put", BOOK), (40.0, "taken", MUG)]


def test_answers_are_those_of_the_truth(record):
    """Every question that is drawn has the answers that follow from the record."""
    rng, seen = np.random.default_rng(3), set()
    for time in np.arange(2, 130, 0.7):
        for measure in asks.SHARES:
            row = asks.ask(rng, record, float(time), measure, ("plain", "held", "typo", "case")[int(rng.integers(4))] if measure != "again" else "plain")
            if not row:
                continue
            seen.add(measure)
            answers = row["answers"]
            if measure == "objects":
                assert row["objects"] == sorted(topics.name(t.kind) for t in truth.state(record, time).things)
            elif measure == "taken":
                assert 41.5 < time <= 70 and answers == ["no."]
            elif measure == "heard":
                assert answers == (["a knock."] if time > 50 else ["nothing."])
            elif measure == "change":
                assert answers[0] in ({"a red mug was taken away.", "a red mug.", "nothing."} if time > 40 else {"a red book was put down.", "a red book.", "nothing."} if time > 20
                                      else {"nothing changed.", "nothing."})
            elif measure == "last":
                assert answers == (["there was a knock."] if time > 50 else ["a red mug was taken away."] if time > 40 else ["a red book was put down."])
            elif measure == "dark":
                assert answers == [language.CANNOT_SEE if 80 <= time < 90 else language.DARK] and 70 <= time < 90
            elif measure == "absent":
                assert answers[0].startswith("there is no ")
            elif measure == "ago":
                assert answers == [language.FORGOTTEN] or set(answers) <= {a for event in (20, 40, 50, 51) for a in language.ago(time - event)}
            assert not truth.is_hidden(record, time) or measure in ("unknowable", "heard"), "a hand is in the picture"
    assert seen == set(asks.SHARES)


def test_a_question_of_the_time_since_takes_the_last_time_of_its_kind(record):
    record.changes.append(Change(55.0, "put", (BOOK2,), (BOOK2, thing(MUG, 9))))
    assert [c.time for c in truth.single_changes(record, 59)] == [20.0, 55.0], "the mug was put down since it was taken"


def test_measures_and_wordings_keep_their_shares():
    """A recording in which all can be asked: something happens every 9 s."""
    things, changes, states = (MUG1,), [], [State(0.5, "desk", (MUG1,))]
    for n in range(100):
        after = things + (thing(BOOK, 10 + n, 0.6),) if n % 2 == 0 else things[:-1]
        changes.append(Change(6.0 + 9 * n, "put" if n % 2 == 0 else "taken", things, after))
        states.append(State(6.0 + 9 * n, "desk", after))
        things = after
    record = Record(900.0, states, changes, told=[c.time for c in changes], sounds=[Heard(3.0 + 9 * n, 4.0 + 9 * n, "(bell)") for n in range(99)])
    rows = asks.draw(np.random.default_rng(1), record)
    assert 230 < len(rows) < 280 and all(a["time"] < b["time"] for a, b in zip(rows, rows[1:]))
    for measure, share in asks.SHARES.items():
        if measure not in ("dark", "ago", "taken"):
            assert sum(r["measure"] == measure for r in rows) > 0.6 * share / sum(asks.SHARES.values()) * len(rows), measure
    for wording, share in asks.WORDINGS.items():
        assert abs(sum(r["wording"] == wording for r in rows) / len(rows) - share) < 0.08, wording
    yes = [r["answers"] == ["yes."] for r in rows if r["measure"] in ("presence", "taken")]
    assert 0.35 < np.mean(yes) < 0.65


# ------------------------------------------------------------------------------------------------ instructions
def test_instructions_are_due_once_an_event(record):
    make = language.Instruction
    assert watches.due(make("", "kind", kind=BOOK), record, 0.0) == [dict(time=20.0, answers=["there is a red book now."], optional=False)]
    assert watches.due(make("", "kind", kind=BOOK, colour=1), record, 0.0) == [] == watches.due(make("", "kind", kind=BOOK), record, 21.0)
    assert [d["time"] for d in watches.due(make("", "gone", kind=MUG), record, 0.0)] == [40.0]
    assert watches.due(make("", "sound", sound="(knock)"), record, 0.0) == [dict(time=51.0, answers=["someone knocked."], optional=False)]
    assert len(watches.due(make("", "any"), record, 0.0)) == 2
    record.sounds += [Heard(92.0, 93.0, "please stop"), Heard(100.0, 101.0, "stop", sure=False), Heard(110.0, 111.0, "stopping")]
    record.changes.append(Change(95.0, "exchange", (BOOK2,), ()))
    assert [(d["time"], d["optional"]) for d in watches.due(make("", "words", words="stop"), record, 0.0)] == [(93.0, False), (101.0, True)]
    assert watches.due(make("", "empty", "desk"), record, 0.0) == [dict(time=95.0, answers=["the desk is empty now."], optional=True)]
    record.muted += [("camera", Span(94, 96)), ("microphone", Span(92.5, 99))]
    assert watches.due(make("", "empty", "desk"), record, 0.0) == [] and [d["time"] for d in watches.due(make("", "words", words="stop"), record, 0.0)] == [101.0]


def test_instructions_wait_for_what_happens(record):
    for seed in range(20):
        rows = watches.draw(np.random.default_rng(seed), record)
        assert 4 <= len(rows) <= 6 and all(d["time"] >= row["from"] for row in rows for d in row["due"])
        assert sum(len(row["due"]) for row in rows) >= 2


# ------------------------------------------------------------------------------------------------ what shall happen
@pytest.mark.parametrize("seed", range(5))
def test_sights_leave_room_between_each_other_and_nothing_happens_while_the_camera_is_muted(seed):
    rng = np.random.default_rng(seed)
    muted = timeline.muted(rng, 600.0)
    assert sorted(d for d, _, _ in muted) == ["camera", "microphone"]
    shut = [(b, e) for d, b, e in muted if d == "camera"]
    cues = timeline.sights(rng, 600.0, shut)
    assert all((c.time * 2).is_integer() and (c.end * 2).is_integer() and c.end < 597 for c in cues)
    for a, b in zip(cues, cues[1:]):
        assert b.time == a.end if a.kind == "hand" and b.time == a.end else b.time >= a.end + timeline.APART
    assert all(c.kind == "exchange" for c in cues if shut[0][0] <= c.time <= shut[0][1])
    gaps = np.diff([c.time for c in cues])
    assert gaps.max() > 30 and gaps.min() <= 2.5, "quiet minutes and bursts"


def test_every_kind_of_cue_is_drawn():
    kinds = {c.kind for seed in range(6) for c in timeline.sights(np.random.default_rng(seed), 600.0)}
    assert kinds == set(timeline.SIGHTS)
    sounds = [c for seed in range(6) for c in timeline.sounds(np.random.default_rng(seed), 600.0)]
    assert {c.kind for c in sounds} == set(timeline.SOUNDS) and {c.under for c in sounds} == set(timeline.UNDER) and {c.decibels for c in sounds} == {None, *timeline.DECIBELS}
    assert min(c.gap for c in sounds) < 2.5 and max(c.gap for c in sounds) > 25


class Flat:
    """A renderer of grey frames: what is put lies at the next of six places."""

    def __init__(self):
        self.count = 0

    def place(self, rng, wide=False):
        return type("Place", (), dict(brightness=(0.8, 1.2)))()

    def put(self, rng, place, things):
        if len(things) >= 6:
            return None
        self.count += 1
        things.append((MUG, self.count))
        return things[-1]

    def fill(self, rng, place, things, count=None):
        for _ in range(count):
            self.put(rng, place, things)

    def take(self, rng, things, thing=None):
        return things.pop(0) if things else None

    def move(self, rng, place, things):
        return None

    def shift(self, rng, place):
        pass

    def draw(self, rng, place, things, gain, hand, dark):
        objects = np.full((6, 9), -1)
        for slot, (kind, identity) in enumerate(things):
            objects[slot] = [kind, 0, 100 + 150 * (identity % 6), 500, 0, 0, 0, 0, identity]
        return np.full((480, 640, 3), rng.integers(100, 110), np.uint8), dict(objects=objects, place="desk")


def test_the_stage_tells_what_its_frames_show():
    cues = [timeline.Cue("hand", 4.0, 5.0), timeline.Cue("put", 5.0, 5.0), timeline.Cue("dark", 8.0, 10.0), timeline.Cue("taken", 15.0, 15.0), timeline.Cue("light", 18.0, 18.0),
            timeline.Cue("exchange", 20.0, 20.0)]
    play = stage.Stage(Flat(), np.random.default_rng(4), cues, 60.0)
    frames = list(play.frames())
    record = play.record
    assert [time for time, _ in frames] == [0.5 * n for n in range(1, 121)] and frames[0][1] is not None
    assert [(c.kind, c.time) for c in record.changes] == [("put", 5.0), ("taken", 15.0), ("light", 18.0), ("exchange", 20.0)]
    assert [s.time for s in record.states] == [0.5, 5.0, 15.0, 20.0] and record.told == [0.5, 4.0, 4.5, 5.0, 8.0, 10.0, 15.0, 18.0, 20.0]
    unchanged = [frame is not None for time, frame in frames if time not in record.told]
    assert 0.2 < np.mean(unchanged) < 0.48, "a third is drawn anew"
    assert {t.identity for t in record.states[-1].things}.isdisjoint(t.identity for s in record.states[:-1] for t in s.things)


def test_put_where_there_is_no_room_takes_away():
    play = stage.Stage(Flat(), np.random.default_rng(0), [timeline.Cue("put", 2.0 + 2 * n, 2.0 + 2 * n) for n in range(8)], 30.0)
    list(play.frames())
    kinds = [c.kind for c in play.record.changes]
    assert "taken" in kinds and len(kinds) == 8 and all(len(c.after) <= 6 for c in play.record.changes)


# ------------------------------------------------------------------------------------------------ sound
@pytest.fixture
def voices(monkeypatch):
    """A second of a tone for every sentence."""
    tone = (0.1 * np.sin(np.arange(16000) * 0.3)).astype(np.float32)
    monkeypatch.setattr(soundtrack.evaluate_sets, "speak", lambda sentence, rng, split: tone)
    monkeypatch.setattr(soundtrack.evaluate_sets, "chatter", lambda rng, split: (tone, "other"))


def test_sounds_lie_where_the_truth_says_and_as_far_above_what_is_under_them(record, voices):
    cues = [timeline.SoundCue("knock", 4.0, 1.0), timeline.SoundCue("sentence", 5.0, 0, "noise", 10), timeline.SoundCue("chatter", 3.0, 0), timeline.SoundCue("sentence", 2.0, 0)]
    record.sounds = []
    samples, spoken, happened = soundtrack.play(np.random.default_rng(2), cues, record, lambda time: dict(question="is there a mug?", answers=["yes."], measure="presence"))
    level = lambda start, end: 20 * np.log10(np.sqrt((samples[int(start * 16000):int(end * 16000)] ** 2).mean()))
    assert len(samples) == 200 * 16000 and [s.text for s in record.sounds[::2]] == ["(knock)", language.SPEECH]
    first = spoken[0]
    assert first.condition == "noise10" and spoken[1].condition == "clean"
    noise = next(s for s in happened if s[0] == "noise")
    assert noise[1] < first.start and noise[2] > first.end
    assert 8 < level(first.start, first.end) - level(noise[1] + 0.4, first.start) < 13
    assert level(1, 3) < -50 and level(record.sounds[0].start, record.sounds[0].end) > -40
    assert record.sounds[1].start <= noise[1] + 1e-6 and record.sounds[1].sure


def test_a_spoken_question_waits_until_what_it_asks_about_stays(record, voices, monkeypatch):
    monkeypatch.setattr(soundtrack, "QUESTION", 1.0)
    question, cue = dict(question="is there a mug?", answers=["yes."], measure="presence"), [timeline.SoundCue("sentence", 18.2, 0)]
    record.sounds = []
    spoken = soundtrack.play(np.random.default_rng(1), cue, record, lambda time: question)[1][0]
    assert spoken.start == pytest.approx(21.7) and spoken.ask == question and spoken.text == "is there a mug", "the book is put down at 20 s"
    record.changes += [Change(18.0 + n, "light") for n in range(8)]
    record.sounds = []
    spoken = soundtrack.play(np.random.default_rng(1), cue, record, lambda time: question)[1][0]
    assert spoken.start == pytest.approx(18.2) and spoken.ask is None and spoken.text == "is there a mug", "there is no such moment"


def test_questions_asked_aloud_have_the_moments_answers(record):
    rng = np.random.default_rng(5)
    for _ in range(200):
        row = asks.aloud(rng, record, 50.0)
        if row is None:
            continue
        want = {"objects": {"a book."}, "presence": {"yes.", "no."}, "colour": {"red."}, "count": {"one."}}[row["measure"]]
        assert set(row["answers"]) <= want
        if row["measure"] == "presence":
            assert (row["answers"] == ["yes."]) == ("book" in row["question"] or "novel" in row["question"])
    assert asks.aloud(rng, record, 61.0) is None


# ------------------------------------------------------------------------------------------------ files
def test_a_set_is_written_and_made_again_from_its_seed(tmp_path, monkeypatch, voices):
    from training.streams import write
    monkeypatch.setattr(write, "Renderer", lambda split: Flat())
    monkeypatch.setattr(write.install, "require", lambda: None)
    for name in ("a", "b"):
        write.write(tmp_path / name, 5, 2.0, 1)
    told = (tmp_path / "a" / "stream-00" / "truth.json").read_text()
    assert told == (tmp_path / "b" / "stream-00" / "truth.json").read_text()
    assert (tmp_path / "a" / "stream-00" / "microphone.wav").read_bytes() == (tmp_path / "b" / "stream-00" / "microphone.wav").read_bytes()
    row = json.loads(told)
    assert json.loads((tmp_path / "a" / "set.json").read_text()) == dict(format=1, seed=5, minutes=2.0, streams=["stream-00"])
    assert len(row["frames"]) == 240 and row["seconds"] == 120 and set(row) == {
        "id", "made", "seconds", "fps", "frames", "muted", "events", "observations", "words", "sounds", "chatter", "asks", "instructions"}
    files = {f["image"] for f in row["frames"]}
    assert len(files) < 200 and all(Image.open(tmp_path / "a" / "stream-00" / f).size == (640, 480) for f in files)
    assert {p.name for p in (tmp_path / "a" / "stream-00" / "frames").iterdir()} == {f.split("/")[1] for f in files}
    (tmp_path / "a" / "stream-00" / "frames" / "mark").touch()                    # of a run that was ended only what is not whole is made anew
    write.write(tmp_path / "a", 5, 2.0, 2)
    assert (tmp_path / "a" / "stream-00" / "frames" / "mark").exists() and (tmp_path / "a" / "stream-01" / "truth.json").exists()
    write.write(tmp_path / "a", 6, 2.0, 1)
    assert not (tmp_path / "a" / "stream-00" / "frames" / "mark").exists()
    with pytest.raises(SystemExit, match="--minutes"):
        write.write(tmp_path / "c", 5, 0.1, 1)


def test_a_recording_is_played_over_and_over(tmp_path):
    from training.sound import waves
    from training.streams import looped
    (tmp_path / "desk" / "frames").mkdir(parents=True)
    for n in range(12):
        Image.new("RGB", (8, 6), (n, 0, 0)).save(tmp_path / "desk" / "frames" / f"frame-{n + 1:05d}.jpg")
    samples = np.zeros(6 * waves.RATE, np.float32)
    samples[waves.RATE:2 * waves.RATE] = 0.3                         # one sound, from 1 to 2 s
    waves.write(tmp_path / "desk" / "microphone.wav", samples)
    states = [(0.0, ["book"], "a book."), (2.0, ["book", "mug"], "a book and a mug."), (4.0, ["hat"], "a hat.")]
    told = dict(frames_per_second=2, frames=12, seconds=6.0, timeline=[dict(zip(("seconds", "objects", "answer"), s)) for s in states],
                sound=[dict(seconds=1.0, what="speech", text="What is it?")], instructions=[dict(text="tell me.", due=[dict(seconds=2.0, answer="a mug.")])])
    (tmp_path / "desk" / "truth.json").write_text(json.dumps(told))
    looped.write(tmp_path / "desk", tmp_path / "set", 0.25)           # 15 s: three rounds
    truth = json.loads((tmp_path / "set" / "stream-00" / "truth.json").read_text())
    assert truth["seconds"] == 18 and len(truth["frames"]) == 36 and truth["frames"][13] == dict(time=6.5, image="frames/frame-00002.jpg")
    assert [(a["time"], a["answers"][0]) for a in truth["asks"]][:4] == [(1.5, "a book."), (3.5, "a book and a mug."), (5.5, "a hat."), (7.5, "a book.")] and len(truth["asks"]) == 9
    assert [(o["time"], o["kind"], o["object"]) for o in truth["observations"]] == [(2 + 6 * n, "put", "mug") for n in range(3)]
    assert [e["time"] for e in truth["events"]] == [4.0, 6.0, 10.0, 12.0, 16.0]
    assert [(w["from"], w["to"], w["text"]) for w in truth["words"]] == [(1 + 6 * n, 2 + 6 * n, "what is it") for n in range(3)]
    assert [d["time"] for d in truth["instructions"][0]["due"]] == [2.0, 8.0, 14.0]
    assert abs(len(looped.read(tmp_path / "set" / "stream-00" / "microphone.wav")) - 18 * waves.RATE) < 2
