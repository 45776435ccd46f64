"""The published syntax of declarations, calls and responses: keys sorted, types upper case, strings between quotes of their own."""

QUOTE = '<|"|>'


def value(v):
    """A value in a call or a response: strings between quotes, the rest bare."""
    return QUOTE + v + QUOTE if isinstance(v, str) else ("true" if v else "false") if isinstance(v, bool) else str(v)


def _parameter(p):
    parts = ([f"description:{value(p.description)}"] if p.description else []) + ([f"enum:[{','.join(value(v) for v in p.values)}]"] if p.closed else []) + [f"type:{value(p.type.upper())}"]
    return f"{p.name}:{{{','.join(parts)}}}"


def declaration(function):
    ordered = sorted(function.parameters, key=lambda p: p.name.lower())
    required = [p.name for p in ordered if p.required]
    parts = ([f"properties:{{{','.join(_parameter(p) for p in ordered)}}}"] if ordered else []) + ([f"required:[{','.join(value(n) for n in required)}]"] if required else []) + [f"type:{value('OBJECT')}"]
    return f"<|tool>declaration:{function.name}{{description:{value(function.description)},parameters:{{{','.join(parts)}}}}}<tool|>"


def declarations(functions):
    """What the system turn ends with."""
    return "".join(declaration(f) for f in functions)


def _pairs(entries):
    return ",".join(f"{k}:{value(v)}" for k, v in sorted(entries.items(), key=lambda e: e[0].lower()))


def call(name, arguments):
    return f"<|tool_call>call:{name}{{{_pairs(arguments)}}}<tool_call|>"


def response(name, entries):
    return f"<|tool_response>response:{name}{{{_pairs(entries)}}}<tool_response|>"
