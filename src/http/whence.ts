import type { NextFunction, Request, Response } from 'express';
import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import type { TLSSocket } from 'node:tls';

/** Where a request comes from, and how it was addressed, as far as that can be believed. */
export interface Whence {
  /** The caller's own address; undefined where there is none. */
  readonly address: string | undefined;
  readonly protocol: 'http' | 'https';
  /** The host and port that the caller asked for, as they were sent. */
  readonly host: string;
}

interface NotedRequest extends IncomingMessage {
  whence?: Whence;
}

/** Longer chains of proxies are nobody's. */
const MOST_HOPS = 20;

/**
 * The one place that says where requests come from. What X-Forwarded-For, -Proto and -Host say is believed of the proxies
 * of `SLIPWAY_TRUST_PROXY` alone: from everybody else they are just text.
 */
export class TrustedProxies {
  private readonly proxies = new BlockList();

  /** @param ranges addresses and CIDR ranges, as the settings have checked them */
  constructor(ranges: readonly string[]) {
    for (const range of ranges) {
      const [address = '', bits] = range.split('/');
      const family = familyOf(address);
      if (bits === undefined) this.proxies.addAddress(address, family);
      else this.proxies.addSubnet(address, Number(bits), family);
    }
  }

  /** Notes it with each request, for `whenceOf`. */
  readonly middleware = (request: Request, _: Response, next: NextFunction): void => {
    this.note(request);
    next();
  };

  /** Notes it with a request or an upgrade. */
  note(request: NotedRequest): Whence {
    return (request.whence = this.find(request));
  }

  /** Whether an address is that of a proxy which is believed. */
  isProxy(address: string | undefined): boolean {
    return address !== undefined && isIP(address) !== 0 && this.proxies.check(address, familyOf(address));
  }

  private find(request: IncomingMessage): Whence {
    const { headers, socket } = request;
    const peer = peerOf(request);
    const own = { protocol: (socket as Partial<TLSSocket>).encrypted ? 'https' : 'http' } as const;
    const host = headers.host ?? '';
    if (!this.isProxy(peer)) return { ...own, address: peer, host };
    const protocol = lastOf(headers['x-forwarded-proto'])?.toLowerCase();
    return {
      address: this.callerBehind(peer!, headers['x-forwarded-for']),
      protocol: protocol === 'https' || protocol === 'http' ? protocol : own.protocol,
      host: lastOf(headers['x-forwarded-host']) ?? host,
    };
  }

  /** From the nearest proxy outwards, for as long as each hop is a proxy that is believed: the first other one is the caller. */
  private callerBehind(peer: string, forwardedFor: string | string[] | undefined): string {
    const hops = listOf(forwardedFor).slice(-MOST_HOPS).reverse();
    let nearest = peer;
    for (const hop of hops) {
      const address = plainAddress(hop);
      if (address === undefined) return nearest;
      nearest = address;
      if (!this.isProxy(address)) return nearest;
    }
    return nearest;
  }
}

/** Where a request comes from: as it was noted, else what its connection says. */
export const whenceOf = (request: IncomingMessage): Whence =>
  (request as NotedRequest).whence ?? new TrustedProxies([]).note(request);

/** The address at the other end of the connection. */
export const peerOf = ({ socket }: IncomingMessage): string | undefined =>
  plainAddress(socket.remoteAddress ?? '');

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4');

/** `[::1]:443`, `10.0.0.1:443`, `::ffff:10.0.0.1`: the address alone; undefined for what is none. */
function plainAddress(text: string): string | undefined {
  const [, inBrackets, withPort] = /^(?:\[([^\]]*)\](?::\d+)?|([\d.]+):\d+)$/.exec(text.trim()) ?? [];
  const address = (inBrackets ?? withPort ?? text.trim()).replace(/^::ffff:(?=\d+\.)/i, '');
  return isIP(address) === 0 ? undefined : address.toLowerCase();
}

const listOf = (header: string | string[] | undefined): string[] =>
  [header ?? []].flat().flatMap((line) => line.split(','));

const lastOf = (header: string | string[] | undefined): string | undefined =>
  listOf(header).at(-1)?.trim() || undefined;
