import { Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { readRuntime } from '../../app/runtime-file.js';
import { keysDirFor } from '../../platform/keys-dir.js';
import { reasonOf } from '../../platform/reason.js';
import { within } from '../../platform/within.js';
import { ok, problem, warning, type Finding } from './finding.js';

/** Whoever has not answered by then is not well, in milliseconds. */
const LIMIT_MS = 5_000;
/** A clock that is off by more than this makes times of different machines hard to read, in milliseconds. */
const CLOCK_MS = 2_000;

type Environment = Readonly<Record<string, string | undefined>>;

const Ready = Type.Object({
  checks: Type.Record(Type.String(), Type.Object({ ok: Type.Boolean(), detail: Type.String() })),
});

/** The service at SLIPWAY_URL, or the one that runs in the data directory: whether it is there, and ready. */
export async function checkService(dataDir: string, env: Environment): Promise<Finding[]> {
  const runtime = await readRuntime(dataDir);
  const url = env.SLIPWAY_URL ?? runtime?.httpUrl;
  if (url === undefined)
    return [
      warning(
        'service',
        `none runs in ${dataDir}`,
        'Start one with npm start, or set SLIPWAY_URL or SLIPWAY_DATA_DIR.',
      ),
    ];
  let response: Response;
  try {
    response = await fetch(new URL('/health/ready', url), { signal: AbortSignal.timeout(LIMIT_MS) });
  } catch (error) {
    const advice =
      runtime === null
        ? 'Is SLIPWAY_URL right?'
        : 'It was killed, or hangs: start it again; its log says why it ended.';
    return [problem('service', `nothing answers at ${url} (${reasonOf(error)})`, advice)];
  }
  const answer: unknown = await response.json().catch(() => null);
  if (!Value.Check(Ready, answer))
    return [
      problem(
        'service',
        `what answers at ${url} is no Slipway (status ${response.status})`,
        'Is SLIPWAY_URL right?',
      ),
    ];
  const parts = Object.entries(answer.checks).map(([name, part]) =>
    part.ok
      ? ok(`service: ${name}`, part.detail)
      : problem(`service: ${name}`, part.detail, 'The service says more in its log.'),
  );
  return [ok('service', `answers at ${url}`), ...parts, ...clockOf(response.headers.get('date'), 'service')];
}

/** Stores that are somebody else's to run: whether this machine reaches them. The embedded ones the service speaks for. */
export async function checkStores(env: Environment): Promise<Finding[]> {
  const found: Finding[] = [];
  if (env.EVENTSTORE_URL) found.push(await checkEvents(env.EVENTSTORE_URL));
  if (env.DATABASE_URL) found.push(...(await checkRows(env.DATABASE_URL)));
  return found;
}

async function checkEvents(url: string): Promise<Finding> {
  const { withStoreAt } = await import('../stores.js');
  return tried(
    'events',
    'Is EVENTSTORE_URL right, does the node run, and may this machine reach it?',
    async () => {
      const [last] = await withStoreAt(url, keysDirFor(process.env.SLIPWAY_KEYS_DIR, null), (store) =>
        store.lastEvents(1),
      );
      return [
        ok(
          'events',
          last === undefined
            ? 'the event store answers and is empty'
            : `the event store answers; the last event is of ${last.created.toISOString()}`,
        ),
      ];
    },
  ).then(([finding]) => finding!);
}

async function checkRows(url: string): Promise<Finding[]> {
  const { withRows } = await import('../rows-client.js');
  return tried('rows', 'Is DATABASE_URL right, does PostgreSQL run, and may this machine reach it?', () =>
    withRows(url, async (db) => {
      const { rows } = await db.query<{ version: string; now: Date }>(
        "SELECT current_setting('server_version') AS version, clock_timestamp() AS now",
      );
      const { version, now } = rows[0]!;
      return [ok('rows', `PostgreSQL ${version} answers`), ...clockOf(now.toISOString(), 'database')];
    }),
  );
}

async function tried(check: string, advice: string, work: () => Promise<Finding[]>): Promise<Finding[]> {
  const late = () => {
    throw new Error(`no answer within ${LIMIT_MS / 1_000} s`);
  };
  return within(LIMIT_MS, work(), late).catch((error: unknown) => [problem(check, reasonOf(error), advice)]);
}

/** How far a clock is from ours, where that is worth a word. @param said what it showed, to the second at least */
function clockOf(said: string | null, whose: string): Finding[] {
  const offBy = said === null ? NaN : Date.parse(said) - Date.now();
  if (Number.isNaN(offBy)) return [];
  const seconds = Math.round(Math.abs(offBy) / 1_000);
  if (Math.abs(offBy) <= CLOCK_MS) return [ok('clock', `that of the ${whose} and this machine's agree`)];
  return [
    warning(
      'clock',
      `the ${whose}'s is ${seconds} s ${offBy < 0 ? 'behind' : 'ahead of'} this machine's`,
      'Let NTP set both.',
    ),
  ];
}
