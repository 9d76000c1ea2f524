/** Which addresses a notice may go to: pure. What counts is the address that is connected to, not the name or its spelling. */
import { BlockList, isIP } from 'node:net';

type Range = readonly [network: string, prefix: number];

/** Of one machine or one network (RFC 1918, 4193, 6598, 2544, 8215): a notice goes there only where that is allowed. */
const PRIVATE_IPV4: readonly Range[] = [
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
];
const PRIVATE_IPV6: readonly Range[] = [
  ['::1', 128],
  ['64:ff9b:1::', 48],
  ['fc00::', 7],
];

/** Unspecified, link-local (there the cloud's keys are handed out), multicast, reserved; Azure's and Amazon's own; tunnels. */
const NEVER_IPV4: readonly Range[] = [
  ['0.0.0.0', 8],
  ['168.63.129.16', 32],
  ['169.254.0.0', 16],
  ['192.0.0.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];
const NEVER_IPV6: readonly Range[] = [
  ['100::', 64],
  ['2001::', 32],
  ['2002::', 16],
  ['fd00:ec2::254', 128],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
];

/** `::a.b.c.d`, out of use since RFC 4291; `::1`, which is loopback, lies within. */
const COMPATIBLE: Range = ['::', 96];

/** IPv4 ranges are met in their mapped form (::ffff:0:0/96) by BlockList itself; here also behind NAT64 (RFC 6052). */
function listOf(ipv4: readonly Range[], ipv6: readonly Range[]): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of ipv4) {
    list.addSubnet(network, prefix, 'ipv4');
    list.addSubnet(`64:ff9b::${network}`, 96 + prefix, 'ipv6');
  }
  for (const [network, prefix] of ipv6) list.addSubnet(network, prefix, 'ipv6');
  return list;
}

const NEVER = listOf(NEVER_IPV4, NEVER_IPV6);
const PRIVATE = listOf(PRIVATE_IPV4, PRIVATE_IPV6);
const OLD = listOf([], [COMPATIBLE]);

/** Why nothing is sent to the address, in text form; null where it may be. */
export function refusedAddress(address: string, allowPrivate: boolean): string | null {
  const [bare = ''] = address.split('%');
  const version = isIP(bare);
  if (version === 0) return `${address} is no address`;
  const family = version === 4 ? 'ipv4' : 'ipv6';
  if (NEVER.check(bare, family)) return `${bare} is link-local, unspecified or reserved`;
  if (PRIVATE.check(bare, family)) return allowPrivate ? null : `${bare} is private; set allowPrivate to send there`;
  return family === 'ipv6' && OLD.check(bare, family) ? `${bare} is unspecified or reserved` : null;
}

/** Likewise for the host of a URL where that is an address already; null for a name, which only its resolution tells. */
export function refusedHost(url: URL, allowPrivate: boolean): string | null {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return isIP(host) === 0 ? null : refusedAddress(host, allowPrivate);
}
