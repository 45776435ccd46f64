"""A grown decoder computes what the old one did."""
import pytest
import torch

from training import grow, train_decoder

S, F = "sliding_attention", "full_attention"
OLD = dict(layers=6, kv_heads=1, layer_types=[S, S, S, F, S, F])
NEW = dict(layers=8, kv_heads=4, layer_types=[S, S, F, S, S, F, S, F])


def nano(config, shape):
    return train_decoder.Nano(config | dict(decoder=config["decoder"] | shape), 300).eval()


def test_growing_changes_nothing_yet(config):
    torch.manual_seed(0)
    old, new = nano(config, OLD), nano(config, NEW)
    ids = torch.randint(10, 300, (2, 20))
    run = lambda model: model(ids, torch.arange(20).expand(2, 20), torch.ones(20, 20, dtype=torch.bool).tril().expand(2, 20, 20), None, tapped=True)
    with torch.no_grad():
        before = run(old)
        new.load_state_dict(grow.grown(old.state_dict(), old.language.c, new, gain=0.0))
        after = run(new)
        assert all(torch.allclose(a, b, atol=1e-4) for a, b in zip(before, after))
        new.load_state_dict(grow.grown(old.state_dict(), old.language.c, new))
        assert not torch.allclose(before[0], run(new)[0], atol=1e-4)                # the new layers are there, and little changed
        assert (before[0] - run(new)[0]).abs().mean() < 0.3 * before[0].abs().mean()


def test_what_shares_keys_stays_last(config):
    assert grow.places(config["decoder"] | OLD, config["decoder"] | NEW) == [0, 1, 4, 5, 6, 7]
    with pytest.raises(SystemExit, match="before number 2"):
        grow.places(config["decoder"] | OLD, config["decoder"] | NEW | dict(layer_types=[S, S, F, S, F, S, S, F]))
