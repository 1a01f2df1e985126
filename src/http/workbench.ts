import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Request, RequestHandler } from 'express';
import helmet from 'helmet';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import type { Logger } from 'pino';

/** What `npm run build` makes. */
const BUILT = join(import.meta.dirname, '../../web/dist');
/** The page's own addresses; it finds out by itself what to show there. */
const PAGE_ROUTE = /^\/(?:new|audit|tasks\/[^/]+)?$/;
/** Where the page has nothing to say; elsewhere a browser that is lost is told so by the page. */
const NOT_THE_PAGES = /^\/(?:v1|docs|auth|assets|health|metrics|openapi)(?:[/.-]|$)/i;
/** Files whose names change with their content. */
const HASHED = /^\/assets\//;
const COMPRESSED = new Set(['.html', '.js', '.css', '.svg']);

interface PageFile {
  readonly type: string;
  readonly plain: Buffer;
  readonly brotli: Buffer | null;
}

/** The page runs what comes from here and talks to nobody else ('self' covers the WebSocket of the same origin). */
const contentSecurityPolicy = helmet.contentSecurityPolicy({
  useDefaults: false,
  directives: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'"],
    connectSrc: ["'self'"],
    baseUri: ["'none'"],
    formAction: ["'none'"],
    frameAncestors: ["'none'"],
  },
});

/**
 * Serves the workbench: its built files and, at the addresses of its pages, index.html. Only addresses known
 * beforehand are answered, so the page can neither shadow the API nor be led out of its folder.
 */
export function serveWorkbench(app: NestExpressApplication, log: Logger): void {
  const files = readBuilt();
  if (!files.has('/index.html')) {
    log.warn('The workbench is not built, so there is no page at /. Build it with: npm run build');
    return;
  }
  const page: RequestHandler = (request, response, next) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return next();
    const isKnown = PAGE_ROUTE.test(request.path);
    const isLost = !isKnown && isLostBrowser(request, files);
    const isPage = isKnown || isLost;
    const file = files.get(isPage ? '/index.html' : request.path);
    if (!file) return next();
    response
      .status(isLost ? 404 : 200)
      .vary('Accept-Encoding')
      .type(file.type);
    response.setHeader(
      'Cache-Control',
      HASHED.test(request.path) ? 'public, max-age=31536000, immutable' : 'no-cache',
    );
    const brotli = request.acceptsEncodings('br') ? file.brotli : null;
    if (brotli) response.setHeader('Content-Encoding', 'br');
    const send = () => response.send(brotli ?? file.plain);
    if (isPage) contentSecurityPolicy(request, response, send);
    else send();
  };
  app.use(page);
}

/** Whether somebody looks with a browser for a page where there is none; whoever takes anything is answered as programs are. */
const isLostBrowser = (request: Request, files: ReadonlyMap<string, PageFile>): boolean =>
  !NOT_THE_PAGES.test(request.path) &&
  !files.has(request.path) &&
  request.accepts(['json', 'html']) === 'html';

/** The built files by their address; a few hundred kilobytes, kept in memory and compressed once. */
function readBuilt(): ReadonlyMap<string, PageFile> {
  if (!existsSync(BUILT)) return new Map();
  const names = readdirSync(BUILT, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return new Map(
    names.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const plain = readFileSync(path);
      const type = extname(entry.name);
      const brotli = COMPRESSED.has(type)
        ? brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 6 } })
        : null;
      return [`/${relative(BUILT, path).split(sep).join('/')}`, { type, plain, brotli }];
    }),
  );
}
