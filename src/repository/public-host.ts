import ipaddr from 'ipaddr.js';
import { isIP } from 'node:net';

/**
 * Which hosts may be used besides public ones: none, all, or those of a list of names (exact), addresses and CIDR
 * ranges. Addresses at which clouds tell machines their secrets are never among them.
 */
export type PrivateHosts = boolean | readonly string[];

/** Instance metadata of AWS, Google, Azure, Alibaba, Oracle and others; also what containers get their credentials from. */
const METADATA = [
  '169.254.169.254',
  '169.254.170.2',
  '169.254.170.23',
  '100.100.100.200',
  '192.0.0.192',
  '168.63.129.16',
];
const METADATA_V6 = ['fd00:ec2::254', 'fd00:ec2::23', 'fd20:ce::254'].map((text) =>
  ipaddr.parse(text).toNormalizedString(),
);

/**
 * Whether a canonical host (as `new URL(…).hostname` gives it) may be used. Of names only those are refused that
 * mean this machine by definition (RFC 6761). What a name resolves to is for the fetch to check.
 */
export function mayUseHost(host: string, allowed: PrivateHosts): boolean {
  const bare = host.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  if (isIP(bare) !== 0) return mayReach(bare, bare, allowed);
  if (bare !== 'localhost' && !bare.endsWith('.localhost')) return true;
  return mayReach('127.0.0.1', bare, allowed) || mayReach('::1', bare, allowed);
}

/** Whether a host may be reached at an address. */
export function mayReach(address: string, host: string, allowed: PrivateHosts): boolean {
  if (isMetadataAddress(address)) return false;
  if (isPublicAddress(address) || allowed === true) return ipaddr.isValid(address);
  return (
    allowed !== false && allowed.some((entry) => entry.toLowerCase() === host || isWithin(address, entry))
  );
}

/**
 * Whether an IP address is global unicast: not loopback, private, link-local, carrier-grade NAT, reserved, nor
 * another spelling of an IPv4 address (mapped, compatible, translated, 6to4, Teredo).
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  return parsed.range() === 'unicast' && embeddedV4(parsed) === undefined && !isMetadataAddress(address);
}

function isMetadataAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  const v4 = parsed.kind() === 'ipv4' ? parsed.toString() : embeddedV4(parsed);
  return v4 === undefined ? METADATA_V6.includes(parsed.toNormalizedString()) : METADATA.includes(v4);
}

/** The IPv4 address that an IPv6 address spells. */
function embeddedV4(address: ipaddr.IPv4 | ipaddr.IPv6): string | undefined {
  if (address.kind() === 'ipv4') return undefined;
  const bytes = address.toByteArray();
  const inRange = (cidr: string) => (address as ipaddr.IPv6).match(ipaddr.IPv6.parseCIDR(cidr));
  if (inRange('2002::/16')) return bytes.slice(2, 6).join('.');
  return ['::/96', '::ffff:0:0/96', '::ffff:0:0:0/96', '64:ff9b::/96', '64:ff9b:1::/48'].some(inRange)
    ? bytes.slice(12).join('.')
    : undefined;
}

/** Whether the address is the one, or in the range, that the entry names; an IPv4 address mapped to IPv6 is itself. */
function isWithin(address: string, entry: string): boolean {
  const [base = '', bits] = entry.split('/');
  if (!ipaddr.isValid(base)) return false;
  const [one, range] = [ipaddr.process(address), ipaddr.process(base)];
  if (one.kind() !== range.kind()) return false;
  return one.match(range as never, bits === undefined ? (range.kind() === 'ipv4' ? 32 : 128) : Number(bits));
}
