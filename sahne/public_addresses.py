"""Which addresses are everybody's, and which are of a machine, a network or a cloud of one's own."""

from __future__ import annotations

import ipaddress

NAT64 = ipaddress.ip_network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def is_everybodys(text: str) -> bool:
    """Whether an address is one of the public Internet: none of this machine, of a network of one's own, of a cloud.

    What an IPv6 address carries of IPv4 (mapped, 6to4, Teredo, NAT64) is looked at too.
    """
    address: Address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        carried = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        if address in NAT64:
            carried.append(ipaddress.IPv4Address(address.packed[-4:]))
        inside = [each for each in carried if each is not None]
        if inside:
            return all(_is_public(each) for each in inside)
    return _is_public(address)


def _is_public(address: Address) -> bool:
    return address.is_global and not (address.is_multicast or address.is_reserved)


def is_loopback(host: str) -> bool:
    """Whether `host` (a name or an address) is only reachable from this machine; names below `localhost` are too."""
    name = host.lower().removesuffix(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback
