// Writes packages/client/src/api.gen.ts, the client's types, from the API document that the code gives; with --check
// it writes nothing and fails when the file is not up to date. Wants a build.
import 'reflect-metadata';
import openapiTS, { astToString } from 'openapi-typescript';
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { NestFactory } from '@nestjs/core';
import { format, resolveConfig } from 'prettier';

const file = fileURLToPath(new URL('../packages/client/src/api.gen.ts', import.meta.url));
const { AppModule } = await import('../dist/app/app.module.js');
const { apiDocument } = await import('../dist/http/openapi.js');
const { readSettings } = await import('../dist/platform/settings/settings.js');

// Nothing is instantiated in preview, so nothing has to be there: no stores, no providers.
const platform = { settings: readSettings({}), log: undefined, databaseUrl: '', providers: undefined };
const app = await NestFactory.create(AppModule.forRoot(platform, undefined), {
  preview: true,
  logger: ['error'],
});
const source = astToString(
  // What has a default may be left out of a request.
  await openapiTS(apiDocument(app), { defaultNonNullable: false }),
);
const banner = '// Made by `npm run client:types` from the OpenAPI document. Do not edit.\n';
const types = await format(banner + source, { ...(await resolveConfig(file)), parser: 'typescript' });

if (!process.argv.includes('--check')) {
  await writeFile(file, types);
} else if (types !== (await readFile(file, 'utf8').catch(() => ''))) {
  console.error(
    'packages/client/src/api.gen.ts is not what the API is. Bring it up to date with: npm run client:types',
  );
  process.exit(1);
}
