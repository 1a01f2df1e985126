import { NestFactory } from '@nestjs/core';
import type { Server } from 'node:https';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { asStartError } from './listening-address.js';
import { AppModule } from './app.module.js';
import type { Stores } from './embedded-stores.js';
import { EventStoreDb } from '../store/eventstore-db.js';
import { HTTP_OPTIONS, configureHttp } from '../http/configure.js';
import { describeApi } from '../http/openapi.js';
import { serveWorkbench } from '../http/workbench.js';
import type { Platform } from './platform.module.js';
import { followTls, readTls, tlsFilesOf } from './tls-files.js';

/** Starts everything that runs on the stores, and listens. Heavy to load: import it when the stores are starting. */
export async function startApplication(
  platform: Platform,
  { eventStoreUrl, keysDir }: Pick<Stores, 'eventStoreUrl' | 'keysDir'>,
): Promise<NestExpressApplication> {
  const { settings, log } = platform;
  const files = tlsFilesOf(settings);
  const httpsOptions = files && (await readTls(files));
  const app = await NestFactory.create<NestExpressApplication>(
    AppModule.forRoot(platform, new EventStoreDb(eventStoreUrl, log), keysDir),
    {
      logger: ['error', 'warn'],
      abortOnError: false,
      ...(httpsOptions && { httpsOptions }),
      ...HTTP_OPTIONS,
    },
  );
  configureHttp(app, settings, log);
  describeApi(app);
  if (settings.roles.has('api')) serveWorkbench(app, log);
  await app.listen(settings.port, settings.host).catch((error: unknown) => {
    throw asStartError(error, settings.port, settings.host);
  });
  if (files) {
    const server = app.getHttpServer() as Server;
    server.once('close', followTls(server, files, log));
  }
  return app;
}
