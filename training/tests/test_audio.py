"""The audio front end and tower compute what transformers computes; the clips they learn from are labelled right."""
import numpy as np
import pytest
import torch
from transformers import Gemma4AudioConfig, Gemma4AudioFeatureExtractor
from transformers.models.gemma4.modeling_gemma4 import Gemma4AudioModel

from training import audio, clips, hearing, language, train_audio

CONFIG = dict(width=48, layers=3, heads=4, output=40, channels=[128, 8])


def waveforms(*lengths):
    """Glides with noise, padded with zeros to the longest."""
    rng = np.random.default_rng(5)
    clips = [np.sin(np.cumsum(rng.uniform(0.02, 0.4, n))) * 0.3 + rng.normal(0, 0.02, n) for n in lengths]
    return torch.stack([torch.from_numpy(np.pad(c, (0, max(lengths) - len(c)))).float() for c in clips])


def perturbed():
    torch.manual_seed(3)
    tower = audio.AudioTower(CONFIG)
    with torch.no_grad():
        for p in tower.parameters():
            p.add_(0.1 * torch.randn_like(p))
    return tower


def reference(tower):
    config = Gemma4AudioConfig(hidden_size=CONFIG["width"], num_hidden_layers=CONFIG["layers"], num_attention_heads=CONFIG["heads"],
                               output_proj_dims=CONFIG["output"], subsampling_conv_channels=CONFIG["channels"], use_clipped_linears=False)
    config._attn_implementation = "eager"
    theirs = Gemma4AudioModel(config).eval()
    theirs.load_state_dict(tower.state_dict())              # strict: the same names, nothing more or less
    return theirs


@pytest.mark.parametrize("lengths", [(16000,), (161,), (31999, 20007, 640), (9 * 640 + 1, 9 * 640)])
def test_log_mel(lengths):
    clips = waveforms(*lengths)
    expected = Gemma4AudioFeatureExtractor()([c[:n].numpy() for c, n in zip(clips, lengths)], return_tensors="np")
    mel, mask = audio.log_mel(clips, lengths)
    frames = mel.shape[1]
    assert frames == audio.frame_count(max(lengths))
    assert np.array_equal(mask, expected["input_features_mask"][:, :frames]) and not expected["input_features_mask"][:, frames:].any()
    assert np.abs(mel.numpy() - expected["input_features"][:, :frames]).max() < 3e-5             # float32 transforms of different order


@pytest.mark.parametrize("lengths", [(16000,), (48000, 30123, 5000), (2000,)])
def test_tower(lengths):
    tower = perturbed()
    mel, mask = audio.log_mel(waveforms(*lengths), lengths)
    with torch.no_grad():
        expected = reference(tower)(mel, mask)
        soft = tower(mel, mask)
    assert soft.shape == expected.last_hidden_state.shape
    valid = expected.attention_mask
    assert torch.allclose(soft[valid], expected.last_hidden_state[valid], atol=1e-4)
    whole, _ = audio.log_mel(waveforms(*lengths)[:, :lengths[0]])
    assert torch.allclose(tower(whole)[0], soft[0], atol=1e-5)          # without a mask: the same for a clip that fills the batch


def test_tokens_look_back_only():
    tower = perturbed()
    clip = waveforms(60 * audio.TOKEN)
    changed = clip.clone()
    changed[:, 40 * audio.TOKEN + 1:] = 0.1
    with torch.no_grad():
        a, b = (tower(audio.log_mel(c)[0]) for c in (clip, changed))
    assert torch.equal(a[:, :40], b[:, :40]) and not torch.allclose(a[:, 40], b[:, 40])


class Tones:
    """Stands for `hearing.Speech`: a second of tone for every text."""
    texts = ["look", "a bell", "is it", "we left", "guten tag"]
    lengths = np.array([16000, 12000, 9000, 14000, 13000])
    domain, other, foreign = np.array([0, 1, 2]), np.array([3]), np.array([4])

    def __len__(self):
        return len(self.texts)

    def utterance(self, index):
        return 0.1 * np.sin(0.2 * np.arange(self.lengths[index], dtype=np.float32)), self.texts[index]


SETTINGS = dict(tokens=100, pause=[0.05, 0.8], tail=0.2, speed_share=0.5, event_share=0.3, unspelled_share=0.1, other_share=0.3, cut_share=0.2, event_seconds=[0.6, 3.0],
                event_gain=[-12, 3], overlap_share=0.3, overlap_gain=[-20, -6], voice_share=0.5, voice_gain=[-22, -6], quiet_share=0.3)
OTHER = hearing.LABELS.index("other")


def drawn(count=12, **settings):
    return hearing.draw(Tones(), np.random.default_rng([1, 2]), count, SETTINGS | settings)


def test_training_clips():
    one, two = drawn(), drawn()
    assert all(np.array_equal(a, b) for a, b in zip(one, two))                       # a function of the seed
    waveforms, texts, events = one
    assert waveforms.dtype == np.float32 and waveforms.shape == (12, SETTINGS["tokens"] * audio.TOKEN + 1) and np.abs(waveforms).max() <= 1
    assert events.shape == (12, SETTINGS["tokens"], len(hearing.LABELS))
    spoken = [text != "" for text in texts]
    assert any(spoken) and np.array_equal(spoken, (events[..., 0] == 1).any(1))
    assert all(hearing.tokens_needed(text) < SETTINGS["tokens"] for text in texts if text is not None)


def test_speech_that_is_not_for_nano_is_labelled_and_spelled_where_it_is_english():
    _, texts, events = drawn(event_share=0, unspelled_share=0, other_share=1)
    assert all(set(text.split()) == {"we", "left"} for text in texts) and (events[..., OTHER] == events[..., 0]).all() and events[..., OTHER].any(1).all()
    _, texts, events = drawn(event_share=0, unspelled_share=1, overlap_share=0)
    assert texts == [None] * 12 and events[..., OTHER].any(1).any() and (events[..., OTHER] == events[..., 0]).all()
    _, texts, events = drawn(event_share=0, unspelled_share=0, other_share=0, overlap_share=1, voice_share=1)
    assert not events[..., OTHER].any() and all(set(" ".join(texts).split()) <= {"look", "a", "bell", "is", "it"} for _ in texts)   # a voice under it has no words


def test_letters_that_are_not_known_do_not_count():
    torch.manual_seed(0)
    logits = torch.randn(3, 30, 1 + len(hearing.LETTERS), requires_grad=True)
    loss = train_audio.letter_loss(logits.log_softmax(-1), ["look", None, ""])
    loss.backward()
    assert loss.item() == pytest.approx(train_audio.letter_loss(logits[[0, 2]].log_softmax(-1), ["look", ""]).item())
    assert not logits.grad[1].any() and logits.grad[0].any() and logits.grad[2].any()
    assert train_audio.letter_loss(logits.log_softmax(-1), [None] * 3).item() == 0


def test_the_heads_can_learn_alone():
    torch.manual_seed(0)
    tower, heads, (waveforms, texts, events) = audio.AudioTower(CONFIG), train_audio.Heads(CONFIG["output"]), drawn(2)
    for learns in (False, True):
        parts = train_audio.losses(tower, heads, audio.log_mel(torch.from_numpy(waveforms))[0], texts, torch.from_numpy(events), learns)
        sum(parts).backward()
        assert heads.letters.weight.grad.any() and any(p.grad is not None for p in tower.parameters()) == learns


def test_clips_for_the_decoder_say_what_is_to_be_answered():
    made = [clips.make("train", Tones(), np.random.default_rng([4, i]), 0.2, 0.3) for i in range(60)]
    words = [text for _, text in made if not text.startswith("(")]
    assert set(words) == {"look", "a bell", "is it"}
    assert {text for _, text in made} - set(words) == {language.SPEECH, *language.SOUNDS.values()}
    assert all(w.dtype == np.float32 and np.isfinite(w).all() for w, _ in made)


def test_clips_are_encoded_with_their_likes_and_come_back_in_order():
    waves, batches = [np.full(n, n) for n in (5, 90, 6, 80, 7)], []
    assert clips.in_order(waves, lambda part: (batches.append(len(part)), [len(w) for w in part])[1], 3) == [5, 90, 6, 80, 7] and batches == [3, 2]


def test_clips_are_drawn_by_sort(tmp_path):
    texts = ["where is it", "(speech)", "(knock)", "look", "(bell)"]
    np.savez(tmp_path / "clips.npz", soft=np.zeros((10, 4), np.float16), offset=np.arange(0, 12, 2), text=texts)
    cache, rng = clips.Clips(tmp_path / "clips.npz"), np.random.default_rng(0)
    assert [cache.sort(i) for i in range(5)] == ["words", "speech", "knock", "words", "bell"]
    assert {cache.draw(rng, "words") for _ in range(30)} == {0, 3} and cache.draw(rng, "speech") == 1
    assert {cache.draw(rng) for _ in range(200)} == set(range(5))
    with pytest.raises(ValueError, match="no clip of sort 'music': there are words, speech, knock, bell"):
        cache.draw(rng, "music")


def test_letters():
    assert hearing.tokens_needed("look") == 5
    blank, l, o, k = 0, *hearing.letters("lok")
    assert hearing.spell([blank, l, l, o, blank, o, o, k, blank]) == "look"


def test_edits():
    assert hearing.edits("is there a mug".split(), "there a big mug".split()) == 2
