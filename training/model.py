"""nano as a transformers model: configuration, assembly from the trained parts, export."""
import json
from pathlib import Path

import torch
from transformers import Gemma4AudioFeatureExtractor, Gemma4Config, Gemma4ForConditionalGeneration

from . import language, tokenizer as tokens
from .world import KINDS


def configuration(config, vocabulary):
    """-> Gemma4Config of nano."""
    d, v, a = config["decoder"], config["vision"], config["audio"]
    language = dict(vocab_size=vocabulary, vocab_size_per_layer_input=vocabulary, hidden_size=d["width"], intermediate_size=d["inner"],
                    num_hidden_layers=d["layers"], num_attention_heads=d["heads"], num_key_value_heads=d["kv_heads"], head_dim=d["head_dim"],
                    global_head_dim=d["global_head_dim"], sliding_window=d["sliding_window"], layer_types=d["layer_types"],
                    hidden_size_per_layer_input=d["per_layer"], num_kv_shared_layers=d["shared_layers"], use_double_wide_mlp=d["double_wide"],
                    final_logit_softcapping=d["softcap"], max_position_embeddings=131072, use_bidirectional_attention=None,
                    pad_token_id=0, eos_token_id=1, bos_token_id=2)
    vision = dict(hidden_size=v["width"], intermediate_size=v["inner"], num_hidden_layers=v["layers"], num_attention_heads=v["heads"],
                  num_key_value_heads=v["heads"], head_dim=v["head_dim"], position_embedding_size=v["positions"],
                  use_clipped_linears=False, standardize=False)
    audio = dict(hidden_size=a["width"], num_hidden_layers=a["layers"], num_attention_heads=a["heads"], output_proj_dims=a["output"],
                 subsampling_conv_channels=a["channels"], use_clipped_linears=False)
    ids = {s: tokens.SPECIAL.index(s) for s in tokens.SPECIAL}
    return Gemma4Config(text_config=language, vision_config=vision, audio_config=audio, boi_token_id=ids["<|image>"], eoi_token_id=ids["<image|>"],
                        image_token_id=ids["<|image|>"], video_token_id=ids["<|video|>"], boa_token_id=ids["<|audio>"], eoa_token_index=ids["<audio|>"],
                        audio_token_id=ids["<|audio|>"], pad_token_id=0, eos_token_id=[1, ids["<turn|>"]], bos_token_id=2)


@torch.no_grad()
def skeleton(config, vocabulary):
    """A fresh nano: seeded."""
    torch.manual_seed(config["seed"] + 1)
    c = configuration(config, vocabulary)
    c._attn_implementation = "eager"
    model = Gemma4ForConditionalGeneration(c).eval()
    for part in (model.model.audio_tower, model.model.embed_audio, model.model.embed_vision):
        for name, parameter in part.named_parameters():
            if parameter.ndim >= 2:
                parameter.normal_(0, parameter[0].numel() ** -0.5)
            elif "per_dim_scale" in name or name.endswith("bias"):
                parameter.zero_()
            else:
                parameter.fill_(1.0)
    return model


def assemble(config, vocabulary, seeing=None, hearing=None, nano=None):
    """The transformers model with the trained parts' weights: state dictionaries of the vision tower, of the audio tower and of
    train_decoder.Nano (None: left as they are)."""
    model = skeleton(config, vocabulary)
    nano = nano or {}
    language = {k.removeprefix("language."): v for k, v in nano.items() if k.startswith("language.")}
    for part, state in ((model.model.vision_tower, seeing), (model.model.audio_tower, hearing), (model.model.language_model, language)):
        if not state:
            continue
        missing, unexpected = part.load_state_dict(state, strict=False)
        missing = [m for m in missing if not any(word in m for word in ("inv_freq", "embed_scale", "std_", "input_m", "output_m", "softcap"))]
        if missing or unexpected:
            raise ValueError(f"parts do not fit the model: missing {missing}, unexpected {unexpected}")
    for embedder, name in ((model.model.embed_vision, "seeing"), (model.model.embed_audio, "hearing")):
        if nano:
            embedder.embedding_projection.weight.data.copy_(nano[f"{name}.weight"])
    return model


def export(model, tokenizer_path, config, out, match=None, dtype=torch.bfloat16):
    """Writes the Hugging Face directory that the engine loads. `match`: the folder with match.safetensors and match.json, if there is one."""
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    model = model.to(dtype)
    model.generation_config.eos_token_id = model.config.eos_token_id
    model.save_pretrained(out, max_shard_size="100MB")
    Gemma4AudioFeatureExtractor().save_pretrained(out)
    (out / "tokenizer.json").write_bytes(Path(tokenizer_path).read_bytes())
    (out / "tokenizer_config.json").write_text(json.dumps(dict(
        tokenizer_class="PreTrainedTokenizerFast", bos_token="<bos>", eos_token="<eos>", pad_token="<pad>", unk_token="<unk>",
        boi_token="<|image>", eoi_token="<image|>", image_token="<|image|>", boa_token="<|audio>", eoa_token="<audio|>", audio_token="<|audio|>",
        sot_token="<|turn>", eot_token="<turn|>"), indent=1) + "\n")
    budget = config["vision"]["max_soft_tokens"]
    image = dict(image_processor_type="Gemma4ImageProcessor", patch_size=16, pooling_kernel_size=3, max_soft_tokens=budget, do_resize=True,
                 resample=3, do_rescale=True, rescale_factor=1 / 255, do_normalize=False, image_mean=[0, 0, 0], image_std=[1, 1, 1])
    features = json.loads((out / "preprocessor_config.json").read_text())
    (out / "processor_config.json").write_text(json.dumps(dict(
        processor_class="Gemma4Processor", feature_extractor=features, image_processor=image,
        video_processor=dict(image, video_processor_type="Gemma4VideoProcessor")), indent=1) + "\n")
    extras = dict(name="nano", vision=dict(max_soft_tokens=budget, delta_frames=config["export"]["delta_frames"]), system=language.SYSTEM,
                  stream=config["stream"],
                  kinds=[dict(name=k.name, phrase=k.phrase, plural=k.plural) for k in KINDS], nothing=language.NOTHING, languages=["en"],
                  prompts=dict(transcribe=language.TRANSCRIBE, notice=language.NOTICE, answersSpeech=True), follows_instructions=False, recalls_calls=False)
    if match:
        (out / "match.safetensors").write_bytes((Path(match) / "match.safetensors").read_bytes())
        extras["match"] = json.loads((Path(match) / "match.json").read_text())
    (out / "mmagent.json").write_text(json.dumps(extras, indent=1) + "\n")
