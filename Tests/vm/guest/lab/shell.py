"""Commands, and what makes a scenario fail."""
import subprocess
import time

# Nothing is waited for by the clock: what a scenario waits for ends the wait, and this only says when it will not come any more.
# The slowest machine seen, with one of its two cores taken away, needed a sixth of it.
PATIENCE = 120.0
_running = []


class Failed(Exception):
    """What was expected and what came instead."""


def check(condition, text):
    if not condition:
        raise Failed(text)


def sh(command, seconds=PATIENCE, status=0):
    """Runs a shell command -> its standard output and error. Fails when the exit status is not `status` (None: any)."""
    try:
        done = subprocess.run(["bash", "-c", command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=seconds, errors="replace")
    except subprocess.TimeoutExpired as error:
        raise Failed(f"`{command}` did not end in {seconds} s: {(error.stdout or b'')[-500:]!r}") from None
    check(status is None or done.returncode == status, f"`{command}` ended with {done.returncode}: {done.stdout.strip()[-800:]}")
    return done.stdout


def wait_for(what, condition, seconds=PATIENCE, every=0.05):
    """Waits until condition() is true -> (its value, seconds that it took)."""
    begin = time.monotonic()
    while True:
        value = condition()
        took = time.monotonic() - begin
        if value:
            return value, took
        check(took < seconds, f"{what}: not within {seconds} s")
        time.sleep(every)


def background(command):
    process = subprocess.Popen(["bash", "-c", "exec " + command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _running.append(process)
    return process


def end_all():
    """What a scenario left running when it failed."""
    while _running:
        end(_running.pop())


def end(process):
    if process and process.poll() is None:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
