"""Leaves this process, and all it starts, nothing but the loopback interface: no client can reach past the machine."""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
from pathlib import Path

# From <linux/sched.h>, <linux/if.h> and <linux/sockios.h>.
CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
IFF_UP = 0x1
SIOCSIFFLAGS = 0x8914


def enter() -> bool:
    """Moves into a new network namespace, which ends with the last process in it. False: the system refuses."""
    user, group = os.getuid(), os.getgid()
    if not _unshare(CLONE_NEWNET):
        # Not root: a namespace of users in which we may have one of networks.
        if not _unshare(CLONE_NEWUSER | CLONE_NEWNET):
            return False
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    _bring_up("lo")
    return True


def _unshare(flags: int) -> bool:
    unshare = getattr(ctypes.CDLL(None), "unshare", None)
    return unshare is not None and unshare(flags) == 0


def _bring_up(interface: str) -> None:
    # struct ifreq: the name, then a union of which the flags are the first two bytes.
    request = struct.pack("16sh22x", interface.encode(), IFF_UP)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, request)
