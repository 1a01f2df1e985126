import type { NestExpressApplication } from '@nestjs/platform-express';
import { WsAdapter } from '@nestjs/platform-ws';
import helmet from 'helmet';
import type { IncomingMessage } from 'node:http';
import type { Logger } from 'pino';
import type { Settings } from '../platform/settings/settings.js';
import { statusOf } from '../events/failure-codes.js';
import { Door } from './door.js';
import { ProblemFilter } from './problem.filter.js';
import { readableRequest } from './readable-request.js';
import { validationPipe } from './validation.js';

/** What an application has to be created with, so that no parser but ours reads bodies. */
export const HTTP_OPTIONS = { bodyParser: false } as const;

/** The rim that every request and upgrade passes, in this order: who is let in, what can be read, what is valid. */
export function configureHttp(app: NestExpressApplication, settings: Settings, log: Logger): void {
  const door = new Door(settings);
  app.useWebSocketAdapter(new GuardedWsAdapter(app, door));
  app.disable('etag');
  app.use(helmet());
  app.use(door.middleware);
  if (settings.corsOrigins.length > 0) {
    app.enableCors({
      origin: [...settings.corsOrigins],
      exposedHeaders: ['Location', 'Retry-After', 'Slipway-Unchanged'],
    });
  }
  app.use(...readableRequest());
  app.useGlobalPipes(validationPipe());
  app.useGlobalFilters(new ProblemFilter(log));
}

/** WebSockets pass the same door as requests, before they are upgraded. */
class GuardedWsAdapter extends WsAdapter {
  constructor(
    app: NestExpressApplication,
    private readonly door: Door,
  ) {
    super(app);
  }

  override create(port: number, options: Record<string, unknown> = {}): unknown {
    const verifyClient = (
      { req }: { req: IncomingMessage },
      done: (letIn: boolean, status?: number, message?: string) => void,
    ) => {
      const refusal = this.door.refusal(req, true);
      if (refusal === null) done(true);
      else done(false, statusOf(refusal.code), refusal.message);
    };
    return super.create(port, { ...options, verifyClient });
  }
}
