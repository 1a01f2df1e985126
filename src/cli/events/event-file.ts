import { createReadStream, createWriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { Type } from '@sinclair/typebox';
import { Position, Uuid } from '../../platform/text-rules.js';
import { TypeCompiler } from '@sinclair/typebox/compiler';
import type { EventMetadata, StoredEvent } from '../../events/stored-event.js';
import { visibleJson } from '../../platform/visible-text.js';
import { eventForPrograms } from '../event-lines.js';
import { CliError } from '../exit-code.js';
import { streams } from '../output.js';

/** A file of events is not what it should be. The message names the line. */
export class EventFileError extends CliError {
  constructor(message: string) {
    super('usage', message);
  }
}

/** One line holds at most so many bytes: an append to the store is smaller than that. */
const MAX_LINE = 4 * 1024 * 1024;
/** Lines are written in pieces of about this size. */
const PIECE = 64 * 1024;
const GZIP_MAGIC = Buffer.from([0x1f, 0x8b]);

const Line = TypeCompiler.Compile(
  Type.Object({
    stream: Type.String({ minLength: 1, maxLength: 1_024, pattern: '^[^$]' }),
    id: Uuid,
    type: Type.String({ minLength: 1, maxLength: 1_024, pattern: '^[^$]' }),
    revision: Position,
    position: Position,
    created: Type.String({ maxLength: 30 }),
    data: Type.Union([Type.Record(Type.String(), Type.Unknown()), Type.Array(Type.Unknown())]),
    metadata: Type.Record(Type.String(), Type.Unknown()),
  }),
);

/**
 * Writes events as lines of JSON, one each. A path that ends in `.gz` is compressed; the file appears
 * under its name only when it is whole and on the disk. Resolves with the number of events.
 */
export async function writeEventFile(path: string, events: AsyncIterable<StoredEvent>): Promise<number> {
  const temporary = `${path}.partial`;
  try {
    const file = createWriteStream(temporary, { mode: 0o600, flush: true });
    const count = await writeEvents(file, events, path.endsWith('.gz'));
    await rename(temporary, path);
    return count;
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Writes events as lines of JSON into a stream and ends it (standard output excepted). */
export async function writeEvents(
  out: Writable,
  events: AsyncIterable<StoredEvent>,
  compress = false,
): Promise<number> {
  let count = 0;
  async function* pieces() {
    let piece = '';
    for await (const event of events) {
      count++;
      piece += `${visibleJson(JSON.stringify(eventForPrograms(event)))}\n`;
      if (piece.length < PIECE) continue;
      yield piece;
      piece = '';
    }
    if (piece !== '') yield piece;
  }
  const source = Readable.from(pieces());
  const end = { end: out !== streams.out };
  if (compress) await pipeline(source, createGzip(), out, end);
  else await pipeline(source, out, end);
  return count;
}

/** Reads what `writeEventFile` wrote, compressed or not. Throws EventFileError for what is no event. */
export async function* readEventFile(path: string): AsyncIterable<StoredEvent> {
  let number = 0;
  for await (const line of linesOf(await contentOf(path))) {
    number++;
    if (line.length > 0) yield parseLine(line, `${path}, line ${number}`);
  }
}

async function contentOf(path: string): Promise<Readable> {
  const file = await open(path);
  const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0).finally(() => file.close());
  const bytes = createReadStream(path);
  if (!buffer.equals(GZIP_MAGIC)) return bytes;
  const unzip = createGunzip();
  return bytes.on('error', (error) => unzip.destroy(error)).pipe(unzip);
}

async function* linesOf(content: Readable): AsyncIterable<string> {
  let rest: Buffer[] = [];
  let held = 0;
  for await (const chunk of content as AsyncIterable<Buffer>) {
    let from = 0;
    for (let end; (end = chunk.indexOf(10, from)) >= 0; from = end + 1) {
      yield Buffer.concat([...rest, chunk.subarray(from, end)]).toString('utf8');
      rest = [];
      held = 0;
    }
    rest.push(chunk.subarray(from));
    held += chunk.length - from;
    if (held > MAX_LINE)
      throw new EventFileError(`A line is longer than ${MAX_LINE} bytes: this is no file of events.`);
  }
  if (held > 0) yield Buffer.concat(rest).toString('utf8');
}

function parseLine(text: string, where: string): StoredEvent {
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch {
    throw new EventFileError(`${where} is not JSON.`);
  }
  if (!Line.Check(line)) {
    const first = Line.Errors(line).First();
    throw new EventFileError(`${where} is no event: ${first?.path || 'it'}: ${first?.message ?? 'invalid'}`);
  }
  return {
    ...line,
    revision: BigInt(line.revision),
    position: BigInt(line.position),
    created: new Date(line.created),
    metadata: line.metadata as EventMetadata,
  };
}
