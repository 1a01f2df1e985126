import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';

interface Operation {
  readonly responses: Record<string, object>;
  readonly 'x-slipway-needs'?: unknown;
}

/** The API's description, made from the code. */
export function apiDocument(app: INestApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('Slipway')
    .setDescription('Creates coding tasks at once; sandbox, agent and session are fitted out behind.')
    .setVersion('1')
    .addBearerAuth()
    .build();
  return withRefusals(SwaggerModule.createDocument(app, config));
}

const schema = { $ref: '#/components/schemas/ProblemDto' };
const content = { 'application/json': { schema } };
const retryAfter = { description: 'Seconds.', schema: { type: 'integer' as const, minimum: 1 } };

/** What every route that asks who its caller is may answer as well. */
const REFUSALS = {
  NotAuthenticated: { status: 401, description: 'Where that is asked, it is not known who asks.', content },
  NotPermitted: { status: 403, description: 'Whoever asks may not do this.', content },
  TooMany: {
    status: 429,
    description: 'Too often, or more than there may be just now.',
    headers: { 'Retry-After': retryAfter },
    content,
  },
} as const;

function withRefusals(document: OpenAPIObject): OpenAPIObject {
  const responses = Object.fromEntries(
    Object.entries(REFUSALS).map(([name, { status: _, ...response }]) => [name, response]),
  );
  document.components = { ...document.components, responses };
  for (const item of Object.values(document.paths))
    for (const operation of Object.values(item as Record<string, Operation>)) {
      if (operation['x-slipway-needs'] === undefined) continue;
      for (const [name, { status }] of Object.entries(REFUSALS))
        operation.responses[status] ??= { $ref: `#/components/responses/${name}` };
    }
  return document;
}

/** Serves the description: `/openapi.json`, and `/docs` to read and try it. */
export function describeApi(app: INestApplication): void {
  SwaggerModule.setup('docs', app, () => apiDocument(app), { jsonDocumentUrl: 'openapi.json' });
}
