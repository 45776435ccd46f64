"""Sounds: the same seed gives the same samples, lengths and levels are as promised, splits do not mix."""
import numpy as np
import pytest

from training import language
from training.sound import bells, evaluate_sets, events, foreign, install, knocks, mix, music, noises, synthesize, synthesizers, talk, voices, waves
from training.sound.draws import HELD, Draws

RATE = waves.RATE


def speechlike(seconds=1.5, seed=0):
    """Harmonics in syllables between two silences."""
    t = np.arange(int(seconds * RATE)) / RATE
    voice = sum(np.sin(2 * np.pi * 140 * k * t) / k for k in range(1, 12)) * np.maximum(np.sin(2 * np.pi * 3 * t), 0)
    return np.pad(0.1 * voice, (3000, 3000)).astype(np.float32)


@pytest.mark.parametrize("kind", events.KINDS)
@pytest.mark.parametrize("split", ["train", "validation"])
def test_events_are_functions_of_their_seed(kind, split):
    one, two, other = (events.render(kind, np.random.default_rng([seed, 5]), 1.2, split) for seed in (1, 1, 2))
    assert one.dtype == np.float32 and len(one) == int(1.2 * RATE) and np.isfinite(one).all()
    assert (one == two).all() and not (one == other).all()


@pytest.mark.parametrize("kind", ["music", "knock", "bell", "noise"])
def test_events_are_as_loud_as_speech_and_never_clip(kind):
    for seed in range(8):
        samples = events.render(kind, np.random.default_rng(seed), 2.0)
        assert np.abs(samples).max() <= 0.971 and 0.3 * waves.LOUDNESS < waves.active_rms(samples) <= 1.01 * waves.LOUDNESS


def test_silence_is_quiet_and_an_unknown_event_is_named():
    assert all(mix.level(events.render("silence", np.random.default_rng(s), 1.0)) < 0.003 for s in range(5))
    with pytest.raises(ValueError, match="'bark' is unknown"):
        events.render("bark", np.random.default_rng(0), 1.0)


def test_every_style_renders():
    for style in (*noises.TRAINED, *noises.HELD_OUT, *bells.TRAINED, *bells.HELD_OUT):
        for held in (False, True):
            samples = style(Draws(np.random.default_rng(3), held), RATE)
            assert len(samples) == RATE and np.isfinite(samples).all() and np.abs(samples).max() > 0, style.__name__


def test_knocks_are_separate_blows():
    samples = knocks.knock(Draws(np.random.default_rng(1), False), 2 * RATE)
    level = waves.frames_rms(samples) / waves.frames_rms(samples).max()
    assert 2 <= ((level[1:] > 0.3) & (level[:-1] <= 0.3)).sum() + (level[0] > 0.3) <= 8


def test_held_out_ranges_and_styles_are_not_trained():
    train, held = ([Draws(np.random.default_rng(s), h) for s in range(300)] for h in (False, True))
    low, high = HELD
    assert not any(low < d.linear(0, 1) < high for d in train) and all(low <= d.linear(0, 1) <= high for d in held)
    assert {d.style("ab", "xy") for d in train} == set("ab") and {d.style("ab", "xy") for d in held} == set("abxy")
    assert not set(music.SCALES) & set(music.HELD_OUT_SCALES) and not set(noises.TRAINED) & set(noises.HELD_OUT)


def test_voices_of_the_splits_do_not_mix():
    trained, held = voices.voices("train"), voices.voices("validation")
    assert len({v.synthesizer for v in trained}) == 3 == len({v.synthesizer for v in held})
    assert not {v.name.split("+")[-1] for v in trained} & {v.name.split("+")[-1] for v in held}
    rng = np.random.default_rng(0)
    drawn = [voices.draw(rng, "validation")[0] for _ in range(200)]
    assert set(drawn) == set(held)


def test_augmentation_keeps_length_and_stays_in_range():
    clip = speechlike()
    for seed in range(20):
        one, two = (mix.augment(clip, np.random.default_rng(seed)) for _ in range(2))
        assert one.dtype == np.float32 and len(one) == len(clip) and (one == two).all() and np.abs(one).max() < 1
    silent = mix.augment(np.zeros(RATE, np.float32), np.random.default_rng(0))
    assert 0 < np.abs(silent).max() < 0.02


def test_a_room_and_a_microphone_delay_nothing():
    clip = np.zeros(RATE, np.float32)
    clip[4000] = 1
    for seed in range(5):
        response = mix.impulse_response(np.random.default_rng(seed))
        size = waves.good(len(clip) + len(response))
        assert mix.filtered(clip, np.fft.rfft(response, size), size).argmax() == 4000
        gain = mix.microphone(np.random.default_rng(seed), np.fft.rfftfreq(size, 1 / RATE))
        assert np.abs(mix.filtered(clip, gain, size)).argmax() == 4000


def test_what_lies_over_a_clip_has_the_level_asked_for():
    clip, other = speechlike(), speechlike(0.8)
    mixed = mix.overlay(clip, other, 12.0, 4000)
    assert len(mixed) == len(clip) and len(mix.overlay(clip, other, 0, len(clip))) == len(clip) + len(other)
    assert 20 * np.log10(waves.active_rms(clip) / waves.active_rms((mixed - clip)[4000:4000 + len(other)])) == pytest.approx(12, abs=0.01)
    several = mix.voices([clip, other, other], np.random.default_rng(0))
    assert len(clip) <= len(several) <= max(len(clip), len(other) + RATE // 2)


def test_a_telephone_has_its_band_and_a_codec_leaves_holes():
    noise = 0.1 * np.random.default_rng(0).standard_normal(2 * RATE).astype(np.float32)
    frequency = np.fft.rfftfreq(2 * RATE, 1 / RATE)
    power = lambda samples, low, high: (np.abs(np.fft.rfft(samples)[(frequency > low) & (frequency < high)]) ** 2).mean()
    for seed in range(5):
        called = mix.telephone(noise, np.random.default_rng(seed))
        assert len(called) == len(noise) and power(called, 0, 120) < 0.02 * power(called, 500, 2500) > power(called, 4500, 8000)
        tilted = waves.resample(waves.resample(noise, 0.25), 4) + 0.003 * noise                  # strong below 2 kHz, 50 dB weaker above
        kept = mix.coded(tilted, np.random.default_rng(seed))
        assert len(kept) == len(noise) and power(kept, 2500, 8000) < 0.1 * power(tilted, 2500, 8000)
        assert np.corrcoef(kept, tilted)[0, 1] > 0.8                                            # in its place, and much of it


def test_a_bare_clip_has_nothing_added_and_a_far_one_is_mostly_room():
    clip = speechlike()
    bare = mix.augment(clip, np.random.default_rng(2), snr=(0, 3), way="bare")
    assert np.corrcoef(bare, clip)[0, 1] > 0.9999 and np.abs(bare[:2000]).max() < 2e-4
    late = {far: np.mean([(r[800:] ** 2).sum() for r in (mix.impulse_response(np.random.default_rng(s), far) for s in range(20))]) for far in (False, True)}
    assert late[True] > 2 * late[False]


def test_a_gate_cuts_into_the_first_or_the_last_sound():
    clip = waves.trim(speechlike())
    lost = [len(clip) - len(mix.cut(clip, np.random.default_rng(s))) for s in range(40)]
    assert waves.EDGE * RATE <= min(lost) and max(lost) <= (waves.EDGE + 0.09) * RATE
    starts = [np.array_equal(mix.cut(clip, np.random.default_rng(s)), clip[:len(clip) - n]) for s, n in enumerate(lost)]
    assert 5 < sum(starts) < 35


def test_noise_is_added_at_the_ratio_asked_for():
    clip = speechlike()
    noise = mix.background(clip, np.random.default_rng(4))
    added = mix.add_noise(clip, noise, 10.0) - clip
    assert 20 * np.log10(waves.active_rms(clip) / mix.level(added)) == pytest.approx(10, abs=0.05)


def test_perturbing_scales_the_length():
    clip = speechlike()
    lengths = [len(mix.perturb(clip, np.random.default_rng(s))) / len(clip) for s in range(50)]
    assert 1 / 1.15 < min(lengths) < 0.95 and 1.05 < max(lengths) < 1 / 0.87


def test_resampling_keeps_a_tone_and_trimming_leaves_short_edges():
    t = np.arange(22050) / 22050
    tone = waves.resample(np.sin(2 * np.pi * 1000 * t).astype(np.float32), RATE / 22050)
    assert len(tone) == RATE and np.abs(tone[500:-500] - np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE)[500:-500]).max() < 0.05
    trimmed = waves.trim(speechlike())
    level = waves.frames_rms(trimmed) > 0.01 * waves.frames_rms(trimmed).max()
    assert level[:7].any() and level[-7:].any() and len(waves.trim(np.zeros(1000, np.float32))) == 0


def test_wave_files_hold_what_was_written(tmp_path):
    samples = speechlike()
    waves.write(tmp_path / "a.wav", samples)
    read, rate = waves.parse((tmp_path / "a.wav").read_bytes())
    assert rate == RATE and np.abs(read - samples).max() < 1e-4


def test_an_hour_is_quiet_and_seamless(tmp_path):
    segments = evaluate_sets.write_hour(tmp_path / "hour.wav", 1, seconds=60)
    samples, _ = waves.parse((tmp_path / "hour.wav").read_bytes())
    assert len(samples) == 60 * RATE and sum(s["seconds"] for s in segments) == pytest.approx(60)
    assert mix.level(samples) < 10 ** (-34 / 20) and waves.frames_rms(samples).min() > 1e-5


def test_the_domain_has_words_enough_and_requests_depend_on_the_seed_only():
    words = synthesize.vocabulary(6000)
    assert len(words) >= synthesize.VOCABULARY
    assert synthesize.request(1, "train", 7, words) == synthesize.request(1, "train", 7, words) != synthesize.request(2, "train", 7, words)
    text, marked, voice, manner, topic = synthesize.request(1, "validation", 3, words)
    low, high = voices.SPEED
    assert text == language.spoken(marked) and voice in voices.voices("validation") and low <= manner.speed <= high and topic == "domain"


@pytest.mark.skipif(not install.DICTIONARY.exists(), reason="needs a list of words: python -m training.sound.install")
def test_other_speech_is_of_other_topics_words_and_languages_in_each_split():
    said = {split: [talk.other(np.random.default_rng([1, i]), split) for i in range(400)] for split in ("train", "evaluation")}
    assert said["train"] == [talk.other(np.random.default_rng([1, i]), "train") for i in range(400)]
    tongues = {split: {tongue for _, tongue in sentences} - {"en"} for split, sentences in said.items()}
    assert len(tongues["train"]) > 15 and tongues["evaluation"] == set(foreign.EVALUATION_LANGUAGES) and not tongues["train"] & tongues["evaluation"]
    assert not set(talk.dictionary("train")) & set(talk.dictionary("evaluation"))
    english = [sentence for sentence, tongue in said["train"] if tongue == "en"]
    assert all(sentence == language.spoken(sentence) for sentence in english) and len(set(english)) > 0.9 * len(english)
    topics = {split: {template for group in groups.values() for template in group} for split, groups in talk.TOPICS.items()}
    assert not topics["train"] & topics["evaluation"]
    assert {synthesize.request(1, "train", i, ["mug"], "other")[4] for i in range(30)} == {"other", "foreign"}


@pytest.mark.skipif(bool(install.missing()), reason="needs espeak-ng, flite and festival: python -m training.sound.install")
def test_every_natural_voice_speaks_and_sets_are_written(tmp_path):
    chosen = [*voices.NATURAL, *voices.NATURAL_HELD_OUT, voices.espeak("en-us", "m3"), voices.espeak("en-gb", "f4")]
    spoken = {speed: synthesizers.speak([("count the teapots", v, voices.Manner(speed=speed)) for v in chosen]) for speed in (1.25, 0.8)}
    for voice, fast, slow in zip(chosen, spoken[1.25], spoken[0.8]):
        assert 0.5 * RATE < len(fast) < len(slow) < 2.5 * RATE and waves.active_rms(fast) > 0.05, voice
    again = synthesizers.speak([("count the teapots", v, voices.Manner(speed=0.8)) for v in chosen])
    assert all((a == b).all() for a, b in zip(again, spoken[0.8]))
    skipped = synthesize.shard(tmp_path / "train-000.npz", 1, "train", "other", 0, 4, synthesize.vocabulary(6000))
    shard = np.load(tmp_path / "train-000.npz")
    assert set(shard["topic"]) <= {"other", "foreign"} and len(shard["text"]) == len(shard["voice"]) == len(shard["offsets"]) - 1 == 4 and not skipped
    assert shard["offsets"][-1] == len(shard["samples"]) and shard["samples"].dtype == np.int16
    rows = evaluate_sets.write_words(tmp_path, 1, 3) + evaluate_sets.write_events(tmp_path, 1, 3)
    assert [r["condition"] for r in rows[:2]] == ["clean", "noise10"] and [r["sound"] for r in rows[2:]] == list(evaluate_sets.SOUNDS)
    lengths = [len(waves.parse((tmp_path / r["audio"]).read_bytes())[0]) / RATE for r in rows]
    assert all(2 <= s <= 4 for s in lengths[2:]) and lengths[0] == lengths[1]


@pytest.mark.skipif(bool(install.missing()), reason="needs espeak-ng, flite and festival: python -m training.sound.install")
def test_every_language_is_spoken_and_chatter_says_what_it_is():
    said = synthesizers.speak([(phrases[0], voices.espeak(tongue, "m3"), voices.Manner()) for tongue, phrases in foreign.LANGUAGES.items()])
    assert all(0.3 * RATE < len(samples) < 3 * RATE for samples in said)
    heard = [evaluate_sets.chatter(np.random.default_rng([6, i])) for i in range(25)]
    assert {kind for _, kind in heard} == {"other", "foreign", "babble"}
    assert all(samples.dtype == np.float32 and len(samples) > 0.4 * RATE and 0.02 < waves.active_rms(samples) < 0.2 for samples, _ in heard)
