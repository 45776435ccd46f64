"""Validates what constrained decoding said: lines of [schema, text], each text one JSON document.

usage: check.py FILE [COUNT]
"""

import json
import sys

import jsonschema


def unique(pairs):
    """Members of an object, which must not repeat."""
    names = [name for name, _ in pairs]
    if len(names) != len(set(names)):
        raise ValueError(f"a key comes twice: {names}")
    return dict(pairs)


def problem(validator, text):
    """What is wrong with a text; None: it is valid."""
    try:
        value = json.loads(text, object_pairs_hook=unique, parse_constant=float)
    except ValueError as error:
        return f"no JSON: {error}"
    error = next(validator.iter_errors(value), None)
    return error and f"{error.json_path}: {error.message}"


def plain(schema):
    """The schema as JSON Schema has it: OpenAPI's types are in capitals."""
    if isinstance(schema, dict):
        return {key: value.lower() if key == "type" and isinstance(value, str) else plain(value) for key, value in schema.items()}
    return [plain(part) for part in schema] if isinstance(schema, list) else schema


def main(path, count="10000"):
    valid = total = 0
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    with open(path, encoding="utf-8", newline="\n") as lines:
        for line in lines:
            schema, text = json.loads(line)
            found = problem(jsonschema.Draft202012Validator(plain(schema), format_checker=checker), text)
            total += 1
            valid += found is None
            if found is not None:
                print(f"{json.dumps(schema)} has said {text!r}: {found}")
    print(f"{valid} of {total} outputs of constrained decoding are valid")
    return 0 if valid == total and total >= int(count) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
