import type { INestApplication } from '@nestjs/common';
import { acquireDirectoryLock } from '@slipway/process-lock';
import type { Logger } from 'pino';
import { assertNoRestoreUnderWay, prepareDataDirectory } from './data-directory.js';
import { assertCanListen } from './listening-address.js';
import { traceWith, type Spans } from '../platform/spans.js';
import { SettingsError, type Settings } from '../platform/settings/settings.js';
import { startStores } from './embedded-stores.js';
import { complaintAboutConnectionString } from '../store/connection-string.js';
import { drain } from '../http/drain.js';
import { systemClock } from '../platform/clock.js';
import { AppTokens } from '../repository/credentials/app-tokens.js';
import { Credentials } from '../repository/credentials/credentials.js';
import { CredentialRows } from '../repository/credentials/credential-rows.js';
import { ProjectEnvs } from '../repository/credentials/project-envs.js';
import { SecretBox } from '../platform/secret-box.js';
import { secretKey } from '../repository/credentials/secret-key.js';
import { WebhookRows } from '../webhooks/webhook-rows.js';
import { WebhookSecrets } from '../webhooks/webhook-secrets.js';
import { Vault } from '../repository/credentials/vault.js';
import { createProviders } from '../providers/create-providers.js';
import { removeRuntime, writeRuntime } from './runtime-file.js';
import { readTls, tlsFilesOf } from './tls-files.js';
import { assertStoresTrusted } from './trusted-stores.js';

export interface Service {
  readonly url: string;
  /** What a stop under way is waiting for, in words. */
  readonly waitingFor: string;
  stop(): Promise<void>;
}

/** Starts everything that the settings ask for; rejects with a clear error when another service has the data directory. */
export async function startService(settings: Settings, log: Logger): Promise<Service> {
  const { dataDir } = settings;
  if (process.getuid?.() === 0) {
    log.warn('Slipway runs as root, and so do its local agents. Run it as a user of its own.');
  }
  await prepareDataDirectory(dataDir);
  const lock = await acquireDirectoryLock(dataDir);
  await assertNoRestoreUnderWay(dataDir);
  await assertCanListen(settings.port, settings.host);
  assertConnectionString(settings.eventStoreUrl);
  const tls = tlsFilesOf(settings);
  if (tls !== undefined) await readTls(tls);
  await assertStoresTrusted(settings);
  const box = new SecretBox(await secretKey(dataDir, settings.secretKey));
  const opened: { credentials?: Credentials; envs?: ProjectEnvs } = {};
  // Asked only when the service runs, which it does not before its stores.
  const providers = await createProviders(settings, log, {
    credentials: { find: (workspaceId, remote) => opened.credentials!.find(workspaceId, remote) },
    envs: { open: (envId) => opened.envs!.open(envId) },
  });
  const spans = await startTracing(settings, log);
  // The stores start while the rest of the program is loaded, which takes about as long.
  const [stores, { startApplication }] = await Promise.all([
    startStores(settings, log),
    import('./application.js'),
  ]);
  const apps = new AppTokens(settings.gitHosts, longestUse(settings), systemClock);
  const vault = new Vault(stores.databaseUrl);
  const credentials = (opened.credentials = new Credentials(new CredentialRows(vault), box, apps));
  const envs = (opened.envs = new ProjectEnvs(vault, box));
  const app = await startApplication(
    {
      ...{ settings, log, databaseUrl: stores.databaseUrl, providers, credentials, envs },
      webhookSecrets: new WebhookSecrets(vault, box),
      webhookRows: new WebhookRows(vault),
    },
    stores,
  );
  const url = urlOf(app, settings);
  await writeRuntime(dataDir, {
    pid: process.pid,
    httpUrl: url,
    eventStoreUrl: stores.eventStoreUrl,
    databaseUrl: stores.databaseUrl,
    ...(stores.keysDir !== null && { keysDir: stores.keysDir }),
    startedAt: new Date().toISOString(),
  });
  let waitingFor = 'nothing';
  return {
    url,
    get waitingFor() {
      return waitingFor;
    },
    stop: async () => {
      await removeRuntime(dataDir);
      drain(app.getHttpServer(), settings.shutdownMs / 2);
      waitingFor = 'requests, messages in hand and projectors to end';
      await app.close();
      waitingFor = 'the providers to let go';
      await providers.close();
      await vault.close();
      waitingFor = 'the stores to stop';
      await stores.close();
      waitingFor = 'the last spans to be handed on';
      await spans?.stop();
      lock.release();
    },
  };
}

/** Traces are kept where a collector is named; nothing of it is loaded otherwise. */
async function startTracing({ otlpEndpoint, roles }: Settings, log: Logger): Promise<Spans | null> {
  if (otlpEndpoint === undefined) return null;
  const { OtlpSpans } = await import('./otlp-spans.js');
  const spans = new OtlpSpans(otlpEndpoint, [...roles].join('+'), log);
  traceWith(spans);
  return spans;
}

/** The longest that git or an API works with a token that it was handed: what began with it ends with it. */
const longestUse = ({ actions, stages }: Settings): number =>
  Math.max(15 * 60_000, actions.timeoutMs, stages.create_sandbox.timeoutMs);

function assertConnectionString(url: string | undefined): void {
  const complaint = url === undefined ? undefined : complaintAboutConnectionString(url);
  if (complaint !== undefined)
    throw new SettingsError(
      `EVENTSTORE_URL must be like esdb://host:2113?tls=false; it is wrong ${complaint}`,
    );
}

function urlOf(app: INestApplication, { host, tls }: Settings): string {
  const { port } = app.getHttpServer().address() as { port: number };
  const scheme = tls.cert === undefined ? 'http' : 'https';
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
