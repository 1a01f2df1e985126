import type { NestExpressApplication } from '@nestjs/platform-express';
import { WsAdapter } from '@nestjs/platform-ws';
import { HttpStatus } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import helmet from 'helmet';
import type { IncomingMessage, Server } from 'node:http';
import type { Logger } from 'pino';
import type { Settings } from '../platform/settings/settings.js';
import { isTracing } from '../platform/spans.js';
import { statusOf } from '../events/failure-codes.js';
import { Access, type AccessDeniedError } from '../access/access.js';
import type { TooManyError } from '../access/too-many.js';
import { AccessTokens } from '../access/access-tokens.js';
import { Places } from '../access/places.js';
import { RefusalRecord } from '../access/refusal-record.js';
import { ProjectRow } from '../projections/database/entities/project.row.js';
import { RowsDatabase } from '../projections/database/rows-database.js';
import { AccessGuard, assertNeedsDeclared } from './access/access.guard.js';
import { authenticate, serveCaller, whoMaySend, type CallersRequest } from './access/caller.js';
import { ClientRates } from './access/client-rates.js';
import { noteRefusal } from './access/refusals.js';
import { Door, type DoorRefusedError } from './door.js';
import { routeTaskSockets } from './looking/task-socket-route.js';
import { KnownQuery } from './known-query.js';
import { ProblemFilter } from './problem.filter.js';
import { readableRequest } from './readable-request.js';
import { logRequests } from './request-log.js';
import { traceRequests, withinTrace } from './trace-requests.js';
import { validationPipe } from './validation.js';
import { TrustedProxies } from './whence.js';

/** What an application has to be created with, so that no parser but ours reads bodies. */
export const HTTP_OPTIONS = { bodyParser: false } as const;

/**
 * An idle connection is kept for so long, in milliseconds: longer than the minute for which proxies and clients keep theirs.
 * Who closes first, and is busy, cuts off a request that the other has just sent on it.
 */
const KEEP_ALIVE_MS = 75_000;

/** The rim that every request and upgrade passes, in this order: who is let in, what can be read, what is valid. */
export function configureHttp(app: NestExpressApplication, settings: Settings, log: Logger): void {
  assertNeedsDeclared(app.get(ModulesContainer));
  const proxies = new TrustedProxies(settings.trustProxy);
  const door = new Door(settings);
  const access = app.get(Access);
  const rates = new ClientRates(settings);
  const refusals = app.get(RefusalRecord);
  app.useWebSocketAdapter(new GuardedWsAdapter(app, { proxies, door, access, rates, refusals, log }));
  const server = app.getHttpServer() as Server;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  routeTaskSockets(server);
  app.disable('etag');
  app.use(logRequests(log));
  if (isTracing()) app.use(traceRequests);
  app.use(helmet());
  app.use(proxies.middleware);
  app.use(door.middleware);
  if (settings.corsOrigins.length > 0) {
    app.enableCors({
      origin: [...settings.corsOrigins],
      exposedHeaders: ['Location', 'Retry-After', 'Slipway-Unchanged', 'X-Request-Id'],
    });
  }
  app.use(authenticate(access, rates));
  app.use(...readableRequest());
  app.use(serveCaller);
  if (isTracing()) app.use(withinTrace);
  app.useGlobalGuards(new KnownQuery(), new AccessGuard(whereabouts(app)));
  app.useGlobalPipes(validationPipe());
  app.useGlobalFilters(new ProblemFilter(log, refusals));
}

/** What a guard asks to find out whose something is. */
const whereabouts = (app: NestExpressApplication) => ({
  places: app.get(Places),
  tokens: app.get(AccessTokens),
  projectWorkspace: async (projectId: string) => {
    const rows = app.get(RowsDatabase);
    const row = await rows.read((manager) => manager.findOneBy(ProjectRow, { projectId }));
    return row?.workspaceId ?? null;
  },
});

/** WebSockets pass the same door as requests, before they are upgraded. */
class GuardedWsAdapter extends WsAdapter {
  constructor(
    app: NestExpressApplication,
    private readonly rim: {
      readonly proxies: TrustedProxies;
      readonly door: Door;
      readonly access: Access;
      readonly rates: ClientRates;
      readonly refusals: RefusalRecord;
      readonly log: Logger;
    },
  ) {
    super(app);
  }

  override create(port: number, options: Record<string, unknown> = {}): unknown {
    const { proxies, door, access, rates, refusals, log } = this.rim;
    const verifyClient = (
      { req }: { req: IncomingMessage },
      done: (letIn: boolean, status?: number, message?: string) => void,
    ) => {
      const refuse = (error: DoorRefusedError | AccessDeniedError | TooManyError) => {
        noteRefusal(refusals, error, req);
        done(false, statusOf(error.code), error.message);
      };
      proxies.note(req);
      const refusal = door.refusal(req, true);
      if (refusal !== null) return refuse(refusal);
      const ticket = new URL(req.url ?? '/', 'http://localhost').searchParams.get('ticket');
      whoMaySend(access, rates, req, { isWrite: true, ticket }).then(
        (caller) => {
          if (caller instanceof Error) return refuse(caller);
          (req as CallersRequest).caller = caller;
          done(true);
        },
        (error: unknown) => {
          log.debug({ err: error }, 'who connects cannot be found out just now');
          done(false, HttpStatus.SERVICE_UNAVAILABLE, 'It cannot be found out just now who asks: try again.');
        },
      );
    };
    return super.create(port, { ...options, verifyClient });
  }
}
