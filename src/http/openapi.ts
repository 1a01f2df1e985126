import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';

/** The API's description, made from the code. */
export function apiDocument(app: INestApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('Slipway')
    .setDescription('Creates coding tasks at once; sandbox, agent and session are fitted out behind.')
    .setVersion('1')
    .build();
  return SwaggerModule.createDocument(app, config);
}

/** Serves the description: `/openapi.json`, and `/docs` to read and try it. */
export function describeApi(app: INestApplication): void {
  SwaggerModule.setup('docs', app, () => apiDocument(app), { jsonDocumentUrl: 'openapi.json' });
}
