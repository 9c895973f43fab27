"""Runs a program under the limits of a systemd unit without systemd: sandbox.py UNIT DATA PROGRAM ARGUMENTS…, as root.

By namespaces, setpriv's means and seccomp it sets up: a user who isn't root and has no capabilities, a file system of
which only DATA can be written, the mask, the descriptors, the families of sockets, and the unit's list of system calls
(MemoryDenyWriteExecute and RestrictNamespaces among them). What it doesn't: the rest of /proc and the devices.
"""

import ctypes
import os
import re
import resource
import subprocess
import sys

UNIT, DATA, COMMAND = sys.argv[1], sys.argv[2], sys.argv[3:]
USER = 65534
libc = ctypes.CDLL(None, use_errno=True)
seccomp = ctypes.CDLL("libseccomp.so.2")
seccomp.seccomp_init.restype = ctypes.c_void_p
ALLOW, EPERM = 0x7FFF0000, 0x00050000 | 1
EQUAL, MASKED = 4, 7


class Compare(ctypes.Structure):
    _fields_ = [("arg", ctypes.c_uint), ("op", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64)]


def settings():
    found = {}
    with open(UNIT) as lines:
        for line in lines:
            if match := re.match(r"(\w+)=(.*)", line):
                found.setdefault(match[1], []).append(match[2].strip())
    return found


def calls(names):
    """The system calls of these names and groups."""
    found = set()
    for name in names:
        if not name.startswith("@"):
            found.add(name)
            continue
        listed = subprocess.run(["systemd-analyze", "syscall-filter", name], capture_output=True, text=True, check=True)
        inside = [line.strip() for line in listed.stdout.splitlines()[1:]]
        found |= calls(line for line in inside if line and not line.startswith("#"))
    return found


def check(status):
    if status != 0:
        raise SystemExit(f"sandbox: {os.strerror(ctypes.get_errno() or abs(status))}")


def file_system():
    # CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC
    check(libc.unshare(0x00020000 | 0x04000000 | 0x08000000))
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    subprocess.run(["mount", "--bind", DATA, DATA], check=True)
    with open("/proc/self/mountinfo") as lines:
        places = [line.split()[4].encode().decode("unicode_escape") for line in lines]
    for place in places:
        if place != DATA and not place.startswith(("/proc", "/sys", "/dev")):
            subprocess.run(["mount", "-o", "remount,bind,ro", place], check=False, stderr=subprocess.DEVNULL)


def user(found):
    os.umask(int(found["UMask"][0], 8))
    # In a container, the limit can't be raised.
    files = min(int(found["LimitNOFILE"][0]), resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    assert found["CapabilityBoundingSet"] == [""] and found["NoNewPrivileges"] == ["yes"]
    for capability in range(64):
        libc.prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP
    os.setgroups([])
    os.setresgid(USER, USER, USER)
    os.setresuid(USER, USER, USER)
    check(libc.prctl(38, 1, 0, 0, 0))  # PR_SET_NO_NEW_PRIVS


def system_calls(found):
    allowed = set()
    for line in found["SystemCallFilter"]:
        if line.startswith("~"):
            allowed -= calls(line[1:].split())
        else:
            allowed |= calls(line.split())
    families = {"AF_UNIX": 1, "AF_INET": 2, "AF_INET6": 10}
    wanted = {families[name] for name in found["RestrictAddressFamilies"][0].split()}
    context = ctypes.c_void_p(seccomp.seccomp_init(EPERM))

    def allow(name, *compares):
        number = seccomp.seccomp_syscall_resolve_name(name.encode())
        if number >= 0:
            check(seccomp.seccomp_rule_add_array(
                context, ALLOW, number, len(compares), (Compare * len(compares))(*compares)))

    apart = {"socket", "mmap", "mprotect", "pkey_mprotect", "clone", "clone3", "unshare", "setns", "execve"}
    for name in allowed - apart:
        allow(name)
    # The program itself is started behind the filter.
    allow("execve")
    for family in wanted:
        allow("socket", Compare(0, EQUAL, family, 0))
    assert found["MemoryDenyWriteExecute"] == found["RestrictNamespaces"] == ["yes"]
    # Nothing that is written can be run: PROT_WRITE is 2 and PROT_EXEC 4.
    for bits in (0, 2, 4):
        allow("mmap", Compare(2, MASKED, 6, bits))
    for name in ("mprotect", "pkey_mprotect"):
        allow(name, Compare(2, MASKED, 4, 0))
    # Threads and processes, and no namespaces.
    allow("clone", Compare(0, MASKED, 0x7E020000, 0))
    # Its flags are in memory, which no filter sees: callers take the other one then (ENOSYS).
    check(seccomp.seccomp_rule_add_array(
        context, 0x00050000 | 38, seccomp.seccomp_syscall_resolve_name(b"clone3"), 0, None))
    check(seccomp.seccomp_load(context))


def main():
    found = settings()
    file_system()
    # Asked while it may be.
    prepared = {name: calls([name]) for line in found["SystemCallFilter"] for name in line.lstrip("~").split()}
    globals()["calls"] = lambda names: set().union(*(prepared[name] for name in names))
    user(found)
    system_calls(found)
    os.execv(COMMAND[0], COMMAND)


main()
