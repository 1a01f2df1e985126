import Docker from 'dockerode';
import { orAborted } from '../../platform/aborts.js';
import { ProviderError } from '../../events/provider-error.js';
import { engineFailure, statusOf } from './engine-failure.js';

const USUAL_SOCKET = '/var/run/docker.sock';
/** An engine that is busy with many containers may take long for one, but not for ever. */
const MOST_MS = 120_000;

/** A Docker engine, or what speaks like one. Every failure is a ProviderError. */
export class Engine {
  private readonly docker: Docker;

  /** @param address as in `DOCKER_HOST`: `unix:///path`, or `tcp://127.0.0.1:port` */
  constructor(address: string | undefined) {
    this.docker = new Docker(connection(address));
  }

  /**
   * @param what in a few words, for people
   * @throws ProviderError, or the signal's reason; the engine may carry out then what it was asked
   */
  async ask<T>(what: string, signal: AbortSignal, work: (docker: Docker) => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    const limit = AbortSignal.timeout(MOST_MS);
    try {
      return await orAborted(work(this.docker), AbortSignal.any([signal, limit]));
    } catch (error) {
      signal.throwIfAborted();
      if (!limit.aborted) throw engineFailure(what, error);
      const reason = `The Docker engine has not answered within ${MOST_MS / 1_000} s (${what}).`;
      throw new ProviderError('engine_unreachable', reason, { cause: error });
    }
  }

  /** As `ask`, but null where the engine says that there is none such. */
  async find<T>(what: string, signal: AbortSignal, work: (docker: Docker) => Promise<T>): Promise<T | null> {
    return this.ask(what, signal, (docker) =>
      work(docker).catch((error: unknown) => {
        if (statusOf(error) === 404) return null;
        throw error;
      }),
    );
  }
}

/** @throws ProviderError for an address that is none of this machine's engines */
function connection(address: string | undefined): Docker.DockerOptions {
  if (address === undefined || address === '') return { socketPath: USUAL_SOCKET };
  if (address.startsWith('unix://')) return { socketPath: address.slice('unix://'.length) };
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol === 'tcp:' && /^(127\.|localhost$|\[::1\]$)/.test(url.hostname))
    return { protocol: 'http', host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port || '2375' };
  throw new ProviderError(
    'engine_unsupported',
    'DOCKER_HOST must name an engine of this machine: unix:///path/to/socket or tcp://127.0.0.1:port.',
  );
}
