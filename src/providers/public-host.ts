import ipaddr from 'ipaddr.js';
import { isIP } from 'node:net';

/**
 * Whether a canonical host (as `new URL(…).hostname` gives it) may be a public one. Literal addresses
 * must be global unicast; of the names only those are refused that mean this machine by definition
 * (RFC 6761). What a name resolves to is for the fetch to check.
 */
export function isPublicHost(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  if (isIP(bare) !== 0) return isPublicAddress(bare);
  return bare !== 'localhost' && !bare.endsWith('.localhost');
}

/** Whether an IP address is global unicast: not loopback, private, link-local, carrier-grade NAT, translated, reserved. */
export function isPublicAddress(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'unicast';
}
