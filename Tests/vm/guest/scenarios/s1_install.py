"""The package: installed, used at once, removed without a trace."""
import os
import time

from lab import camera, daemon, microphone
from lab.room import PICTURE, remember
from lab.shell import check, sh, wait_for
from scenarios import scenario

PACKAGE = "/share/mmagent.deb"
FOLDERS = "/etc /usr /var/lib /run /lib/systemd"


def files():
    """Everything that a package could leave behind."""
    apt = "/var/lib/apt|/var/lib/dpkg|/var/lib/systemd|/var/cache|/run/systemd|/run/udev|/run/log|/run/guest|ld.so.cache|/run/dbus|/run/lock"
    return set(sh(f"find {FOLDERS} -xdev | grep -vE '{apt}' || true").splitlines())


def install():
    sh(f"DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends {PACKAGE}", 900)     # 75 MB on a machine that does much else: five minutes were seen


@scenario("the package installs, and purge leaves nothing", needed=True)
def purge():
    before, accounts = files(), open("/etc/passwd").read() + open("/etc/group").read()
    install()
    added = len(files() - before)
    check(added > 20, f"only {added} files came")
    daemon.configure(audio__source="none", video__source="none")
    daemon.start()
    sh("mmagentctl mute mic")
    sh("DEBIAN_FRONTEND=noninteractive apt-get purge -y -qq mmagent", 120)
    left = sorted(files() - before)
    check(not left, f"purge left {left[:10]}")
    check(open("/etc/passwd").read() + open("/etc/group").read() == accounts, "purge left its user or group")
    return f"{added} files and folders came and went"


@scenario("apt install, systemctl start, mmagentctl ask", needed=True)
def first_answer():
    PICTURE.open()
    PICTURE.show("desk-15")
    begin = time.monotonic()
    install()
    installed = time.monotonic()
    daemon.configure(audio__source="alsa:" + microphone.DEVICE, video__source="v4l2:" + camera.node(0, "cap"))
    remember()
    started = time.monotonic()
    daemon.start()
    ready = time.monotonic()
    answer, took = wait_for("the right answer", lambda: sh('mmagentctl ask "what is on the desk?"') == "a book, a lamp and a mug.\n", every=0.2)
    end = time.monotonic()
    check(os.path.exists("/usr/share/man/man8/mmagentd.8.gz"), "no man page")
    return f"install {installed - begin:.1f} s; from start to READY {ready - started:.2f} s, to the right answer {end - started:.2f} s"


@scenario("completions and man pages")
def papers():
    for program in ("mmagentd", "mmagentctl", "mmagent-model"):
        check(program in sh(f"bash -c 'source /usr/share/bash-completion/completions/{program}; complete -p {program}'"), f"no completion of {program}")
    page = sh("zcat /usr/share/man/man1/mmagentctl.1.gz")
    check(".SH" in page and "mute" in page, "the man page says nothing of mute")
    libraries = sh("ldd /usr/bin/mmagentd")
    check("not found" not in libraries and "swift" not in libraries.lower(), f"libraries: {libraries}")
    return f"{len(libraries.splitlines())} libraries, all Debian's"
