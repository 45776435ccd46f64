"""The plain PyTorch towers compute what transformers computes, and the export loads."""
import json

import pytest
import torch
from transformers import Gemma4ForConditionalGeneration

from training import audio, decoder, model, start, stream, train_decoder, vision


def perturb(module):
    torch.manual_seed(0)
    with torch.no_grad():
        for p in module.parameters():
            p.mul_(1 + 0.2 * torch.randn_like(p))


def test_vision_tower(config, tokenizer):
    tower = vision.Tower(config["vision"])
    perturb(tower)
    theirs = model.assemble(config, tokenizer.get_vocab_size(), tower.state_dict()).model.vision_tower
    patches = torch.rand(2, 216, 768)
    with torch.no_grad():
        expected = theirs(patches, vision.grid(18, 12).repeat(2, 1, 1)).last_hidden_state.reshape(2, 24, -1)
        assert torch.allclose(tower(patches), expected, atol=1e-4)


def test_decoder_with_gaps_beyond_the_window(config, tokenizer):
    ours = decoder.Decoder(config["decoder"], tokenizer.get_vocab_size())
    perturb(ours)
    theirs = model.assemble(config, tokenizer.get_vocab_size())
    theirs.model.language_model.load_state_dict(ours.state_dict(), strict=False)
    writer = stream.Writer(tokenizer)
    writer.frame(0, 65)
    writer.ask([("what is on the desk?", "a mug.")], 66)
    s = writer.sample
    batch = {k: torch.from_numpy(v)[:, :len(s.ids)] for k, v in stream.collate([s]).items()}
    allowed = batch["allowed"][:, :, :len(s.ids)]
    media = batch["ids"] == stream.VIDEO
    soft = torch.randn(int(media.sum()), config["decoder"]["width"])
    safe = batch["ids"].masked_fill(media, 0)
    with torch.no_grad():
        x = ours.embed(safe)
        x[media] = soft
        logits = ours.logits(ours(x, safe, batch["positions"], allowed))
        language = theirs.model.language_model
        embedded = language.embed_tokens(safe)
        embedded[media] = soft
        hidden = language(inputs_embeds=embedded, per_layer_inputs=language.get_per_layer_inputs(safe), position_ids=batch["positions"]).last_hidden_state
        expected = 30 * torch.tanh(theirs.lm_head(hidden) / 30)
    assert torch.allclose(logits, expected, atol=1e-4)


def test_exported_checkpoint_loads_and_carries_its_extras(config, tokenizer, tmp_path):
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    model.export(model.skeleton(config, tokenizer.get_vocab_size()), tmp_path / "tokenizer.json", config, tmp_path / "nano")
    extras = json.loads((tmp_path / "nano/mmagent.json").read_text())
    assert extras["stream"] == config["stream"]
    assert extras["vision"]["max_soft_tokens"] == 30 and len(extras["kinds"]) >= 30 and extras["prompts"]["transcribe"]
    nano, tower = train_decoder.Nano(config, tokenizer.get_vocab_size()), vision.Tower(config["vision"])
    start.load(tmp_path / "nano", "decoder", nano)
    start.load(tmp_path / "nano", "vision", tower)
    start.load(tmp_path / "nano", "audio", audio.AudioTower(config["audio"]))
    kept = model.assemble(config, tokenizer.get_vocab_size(), tower.state_dict(), None, nano.state_dict())
    loaded, notes = Gemma4ForConditionalGeneration.from_pretrained(tmp_path / "nano", output_loading_info=True)
    assert not notes["missing_keys"] and not notes["unexpected_keys"]
    assert torch.equal(kept.model.vision_tower.encoder.layers[0].mlp.up_proj.linear.weight, loaded.float().model.vision_tower.encoder.layers[0].mlp.up_proj.linear.weight)
    with pytest.raises(SystemExit, match="is .* the configuration wants"):
        start.load(tmp_path / "nano", "vision", vision.Tower(config["vision"] | dict(inner=80)))


def test_every_part_reaches_the_export(config, tokenizer):
    nano = train_decoder.Nano(config, tokenizer.get_vocab_size())
    whole = model.assemble(config, tokenizer.get_vocab_size(), vision.Tower(config["vision"]).state_dict(), None, nano.state_dict())
    assert torch.equal(whole.model.embed_audio.embedding_projection.weight, nano.hearing.weight)
    assert torch.equal(whole.model.embed_vision.embedding_projection.weight, nano.seeing.weight)
    assert torch.equal(whole.model.language_model.norm.weight, nano.language.norm.weight)
