"""What one kind of client met, in numbers."""
import collections
import statistics
import time


class Tally:
    """`first` and `whole` are seconds from the question to the first text and to the end of the answer."""

    def __init__(self, name):
        self.name, self.clients, self.events, self.connections, self.calls, self.cut, self.ended, self.shut = name, 0, 0, 0, 0, 0, 0, 0
        self.refused, self.first, self.whole, self.faults, self.faulty = collections.Counter(), [], [], [], 0

    def wrong(self, what):
        """The first five are told at once, with the time: what else happened then is in other logs."""
        self.faulty += 1
        if len(self.faults) < 5:
            self.faults.append(what)
            print(f"{time.strftime('%H:%M:%S')} wrong: {self.name}: {what}", flush=True)

    def refuse(self, error):
        """A question was refused; `error` is a google.rpc.Status or words."""
        if isinstance(error, dict):
            reason = next((d["reason"] for d in error.get("details", []) if "reason" in d), error.get("status"))
            error = f"{reason}: {error.get('message')}"
        self.refused[error] += 1

    def answer(self, first, whole):
        self.whole.append(whole)
        if first is not None:
            self.first.append(first)

    def lines(self):
        parts = [f"{self.clients} clients", f"{self.connections} connections", f"{self.events} events"]
        if self.whole:
            parts += [f"{len(self.whole)} answers", f"to the first text {quantiles(self.first)}", f"whole {quantiles(self.whole)}"]
        if self.ended:
            parts.append(f"{self.ended} turns ended, {self.cut} of them interrupted")
        if self.shut:
            parts.append(f"{self.shut} times shut out")
        if self.calls:
            parts.append(f"{self.calls} calls answered")
        if self.refused:
            parts.append(f"{self.refused.total()} refused")
        yield f"{'ok  ' if not self.faulty else 'FAIL'}  {self.name:26} {'; '.join(parts)}; {self.faulty} wrong"
        for fault in self.faults:
            yield f"        {fault}"


def quantiles(values):
    values = sorted(values)
    if not values:
        return "none"
    return f"p50 {1000 * statistics.median(values):.1f} ms, p99 {1000 * values[min(len(values) - 1, int(0.99 * len(values)))]:.1f} ms"
