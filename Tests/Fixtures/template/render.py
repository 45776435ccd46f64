#!/usr/bin/env python3
"""Renders the cases with the chat template that Google publishes for Gemma 4, into rendered.json beside this file: what the tests of Tools
compare with. Needs jinja2.

    render.py TEMPLATE     TEMPLATE: google-gemma-4-31B-it.jinja, of llama.cpp's models/templates (in the source distribution of
                           llama-cpp-python 0.3.36, for instance), or a checkpoint's own chat_template.jinja
"""
import json
import sys
from pathlib import Path

import jinja2
from cases import CASES

HERE = Path(__file__).parent


def between(text, first, last):
    """From the first mark to the end of the last one; "" where there is none."""
    return text[text.index(first):text.rindex(last) + len(last)] if first in text else ""


def main(path):
    # As transformers has it: line breaks after blocks are dropped.
    environment = jinja2.Environment(trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(Path(path).read_text(encoding="utf-8"))
    rendered = []
    for case in CASES:
        calls = [dict(id=f"c{i}", type="function", function=dict(name=name, arguments=arguments)) for i, (name, arguments) in enumerate(case["calls"])]
        text = template.render(
            bos_token="<bos>", tools=[dict(type="function", function=f) for f in case["functions"]],
            messages=[dict(role="system", content="you watch."), dict(role="user", content="do it"),
                      dict(role="assistant", content="", tool_calls=calls,
                           tool_responses=[dict(name=name, response=response) for name, response in case["responses"]])])
        rendered.append(dict(
            functions=case["functions"], calls=[dict(name=n, arguments=a) for n, a in case["calls"]],
            responses=[dict(name=n, response=r) for n, r in case["responses"]], declared=between(text, "<|tool>", "<tool|>"),
            called=between(text, "<|tool_call>", "<tool_call|>"), responded=between(text, "<|tool_response>", "<tool_response|>")))
    (HERE / "rendered.json").write_text(json.dumps(rendered, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


main(sys.argv[1])
