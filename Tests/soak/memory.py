"""What a process's memory is made of."""
import os
from pathlib import Path

# glibc gives each of its further heaps ("arenas") an address that is a multiple of this, and a length up to it.
ARENA = 64 << 20


def memory(process):
    """MB that are resident: all, the heap, glibc's arenas, other anonymous mappings (of them stacks), files. And the open files, threads."""
    found = dict.fromkeys(("resident", "heap", "arenas", "mappings", "files"), 0.0)
    kind, begin = None, 0
    for line in Path(f"/proc/{process}/smaps").read_text().splitlines():
        words = line.split()
        if "-" in words[0] and not words[0].endswith(":"):
            begin = int(words[0].split("-")[0], 16)
            name = words[5] if len(words) > 5 else ""
            kind = "heap" if name == "[heap]" else "files" if name.startswith("/") else "arenas" if begin % ARENA == 0 else "mappings"
        elif words[0] == "Rss:":
            found["resident"] += int(words[1]) / 1024
            # What a file's mapping was written to is anonymous, too, but grows with nobody.
            found[kind] += int(words[1]) / 1024
    found["open"] = len(os.listdir(f"/proc/{process}/fd"))
    found["threads"] = len(os.listdir(f"/proc/{process}/task"))
    return found


def resources(process):
    m = memory(process)
    return (f"{m['resident']:6.1f} MB resident (heap {m['heap']:.1f}, arenas {m['arenas']:.1f}, other mappings {m['mappings']:.1f}, "
            f"files {m['files']:.1f}), {m['open']} open files, {m['threads']} threads")
