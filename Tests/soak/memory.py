"""What a process's memory is made of."""
import os
from pathlib import Path

# glibc gives each of its further heaps ("arenas") an address that is a multiple of this, and a length up to it.
ARENA = 64 << 20


def memory(process):
    """MB that are resident: all; the anonymous ones; by mapping the heap, glibc's arenas, others (stacks), files. `size` is the heap's own: what
    was freed in its middle stays part of it, and what was given back to the system is not resident. And the open files, threads."""
    found = dict.fromkeys(("resident", "anonymous", "heap", "size", "arenas", "mappings", "files"), 0.0)
    kind, begin = None, 0
    for line in Path(f"/proc/{process}/smaps").read_text().splitlines():
        words = line.split()
        if "-" in words[0] and not words[0].endswith(":"):
            begin = int(words[0].split("-")[0], 16)
            name = words[5] if len(words) > 5 else ""
            kind = "heap" if name == "[heap]" else "files" if name.startswith("/") else "arenas" if begin % ARENA == 0 else "mappings"
        elif words[0] == "Size:" and kind == "heap":
            found["size"] += int(words[1]) / 1024
        elif words[0] == "Rss:":
            found["resident"] += int(words[1]) / 1024
            found[kind] += int(words[1]) / 1024
        elif words[0] == "Anonymous:":
            # With what of files' mappings was written to, which grows with nobody.
            found["anonymous"] += int(words[1]) / 1024
    found["open"] = len(os.listdir(f"/proc/{process}/fd"))
    found["threads"] = len(os.listdir(f"/proc/{process}/task"))
    return found


def resources(process):
    """The same in words."""
    return ("{resident:6.1f} MB resident (anonymous {anonymous:.1f}; heap {heap:.1f} of {size:.1f}, arenas {arenas:.1f}, "
            "other mappings {mappings:.1f}, files {files:.1f}), {open} open files, {threads} threads").format(**memory(process))
