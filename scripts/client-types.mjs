// Writes packages/client/src/api.gen.ts, the client's types, from the API document that the code gives; with --check
// it builds nothing, writes nothing and fails when the file is not up to date.
import 'reflect-metadata';
import openapiTS, { astToString } from 'openapi-typescript';
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { NestFactory } from '@nestjs/core';
import { format, resolveConfig } from 'prettier';
import { build } from './build.mjs';

const file = fileURLToPath(new URL('../packages/client/src/api.gen.ts', import.meta.url));
const check = process.argv.includes('--check');
// The service may not compile because these types are old; the compiler writes what it was given all the same.
if (!check)
  await build().catch(() => console.error('Going on: it may be for the types that are written now.'));
const { AppModule } = await import('../dist/app/app.module.js');
const { apiDocument } = await import('../dist/http/openapi.js');
const { readSettings } = await import('../dist/platform/settings/settings.js');

// Nothing is instantiated in preview, so nothing has to be there: no stores, no providers.
const platform = { settings: readSettings({}), log: undefined, databaseUrl: '', providers: undefined };
const app = await NestFactory.create(AppModule.forRoot(platform, undefined, null), {
  preview: true,
  logger: ['error'],
});
const source = astToString(
  // What has a default may be left out of a request.
  await openapiTS(apiDocument(app), { defaultNonNullable: false }),
);
const banner = '// Made by `npm run client:types` from the OpenAPI document. Do not edit.\n';
const types = await format(banner + source, { ...(await resolveConfig(file)), parser: 'typescript' });

if (!check) {
  await writeFile(file, types);
  await build();
} else if (types !== (await readFile(file, 'utf8').catch(() => ''))) {
  console.error(
    'packages/client/src/api.gen.ts is not what the API is. Bring it up to date with: npm run client:types',
  );
  process.exit(1);
}
