import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { mayReach } from '../../repository/public-host.js';
import type { Egress } from './docker-options.js';

const USUAL_PORTS = [80, 443];

interface Entry {
  /** In small letters; `*.` before it for all below it. */
  readonly host: string;
  readonly port?: number;
}

/** Which hosts sandboxes reach, and at which of their addresses. */
export class EgressRules {
  private readonly entries: readonly Entry[];

  constructor(
    private readonly egress: Egress,
    private readonly ownAddresses: () => readonly string[] = addressesOfMachine,
  ) {
    this.entries = egress.hosts.map(entryOf);
  }

  /** Why a host may not even be looked up; null when it may. */
  refusalOf(host: string, port: number): string | null {
    const name = bare(host);
    if (this.egress.policy === 'open' || this.entries.some((entry) => names(entry, name, port))) return null;
    return `${name}:${port} is not among SLIPWAY_DOCKER_EGRESS_HOSTS.`;
  }

  /** Whether an address may be reached that a host has: a public one of other machines, or one that is listed as such. */
  mayConnect(address: string, port: number): boolean {
    const listed = this.entries.some(({ host, port: only }) => host === address && isPort(only, port));
    const isOwn = this.ownAddresses().includes(address);
    return listed ? mayReach(address, address, [address]) : !isOwn && mayReach(address, address, false);
  }
}

function entryOf(text: string): Entry {
  const [, host = '', port] = /^(\[[^\]]+\]|[^:]+)(?::(\d+))?$/.exec(text) ?? [];
  return { host: bare(host), port: port === undefined ? undefined : Number(port) };
}

function names({ host, port: only }: Entry, name: string, port: number): boolean {
  const isIt = host.startsWith('*.') ? isIP(name) === 0 && name.endsWith(host.slice(1)) : host === name;
  return isIt && isPort(only, port);
}

const isPort = (only: number | undefined, port: number): boolean =>
  only === undefined ? USUAL_PORTS.includes(port) : only === port;

const bare = (host: string): string =>
  host
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');

const addressesOfMachine = (): string[] =>
  Object.values(networkInterfaces()).flatMap((each) => (each ?? []).map(({ address }) => address));
