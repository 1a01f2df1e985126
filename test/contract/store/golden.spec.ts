import { describe, expect, it } from '@jest/globals';
import { Value } from '@sinclair/typebox/value';
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { decode } from '../../../src/events/task/fold.js';
import { sessionCodec } from '../../../src/events/session/session-codec.js';
import {
  LOGIN_EVENT_SCHEMAS,
  LOGIN_EVENT_TYPES,
  loginCodec,
} from '../../../src/events/access/login-events.js';
import {
  TOKEN_EVENT_SCHEMAS,
  TOKEN_EVENT_TYPES,
  tokenCodec,
} from '../../../src/events/access/token-events.js';
import {
  PROJECT_EVENT_SCHEMAS,
  PROJECT_EVENT_TYPES,
  projectCodec,
} from '../../../src/events/project/project-events.js';
import {
  LIMIT_EVENT_SCHEMAS,
  LIMIT_EVENT_TYPES,
  limitCodec,
} from '../../../src/events/access/limit-events.js';
import {
  CREDENTIAL_EVENT_SCHEMAS,
  CREDENTIAL_EVENT_TYPES,
  credentialCodec,
} from '../../../src/events/access/credential-events.js';
import {
  REFUSAL_EVENT_SCHEMAS,
  REFUSAL_EVENT_TYPES,
  refusalCodec,
} from '../../../src/events/access/refusal-events.js';
import {
  TERMINAL_EVENT_SCHEMAS,
  TERMINAL_EVENT_TYPES,
  terminalCodec,
} from '../../../src/events/access/terminal-events.js';
import {
  WEBHOOK_EVENT_SCHEMAS,
  WEBHOOK_EVENT_TYPES,
  webhookCodec,
} from '../../../src/events/access/webhook-events.js';
import { SESSION_EVENT_SCHEMAS, SESSION_EVENT_TYPES } from '../../../src/events/session/session-events.js';
import type { EventMetadata } from '../../../src/events/stored-event.js';
import {
  BRANCH_RESERVED,
  BranchReservedSchema,
  TASK_EVENT_SCHEMAS,
  TASK_EVENT_TYPES,
} from '../../../src/events/task/task-events.js';
import { evolve } from '../../../src/events/task/evolve.js';
import type { TaskState } from '../../../src/events/task/task-state.js';
import { currentVersion } from '../../../src/events/codec.js';

/*
 * golden/<Type>.v<n>.json holds events as version n of the type really stored them; golden.sha256 says
 * that they are still the same. A new version adds a file and a line; none is ever changed or removed.
 */

interface GoldenEvent {
  readonly type: string;
  readonly data: Record<string, unknown>;
  readonly metadata: EventMetadata;
}

const here = join(process.cwd(), 'test/contract/store');
const files = readdirSync(join(here, 'golden')).sort();
const golden = (file: string) =>
  JSON.parse(readFileSync(join(here, 'golden', file), 'utf8')) as GoldenEvent[];
/** Of what the file says, not of its white space. */
const checksum = (file: string) =>
  createHash('sha256')
    .update(JSON.stringify(golden(file)))
    .digest('hex');
const manifest = readFileSync(join(here, 'golden.sha256'), 'utf8').trimEnd().split('\n');

const SCHEMAS = {
  ...TASK_EVENT_SCHEMAS,
  ...SESSION_EVENT_SCHEMAS,
  ...TOKEN_EVENT_SCHEMAS,
  ...PROJECT_EVENT_SCHEMAS,
  ...LOGIN_EVENT_SCHEMAS,
  ...LIMIT_EVENT_SCHEMAS,
  ...CREDENTIAL_EVENT_SCHEMAS,
  ...REFUSAL_EVENT_SCHEMAS,
  ...TERMINAL_EVENT_SCHEMAS,
  ...WEBHOOK_EVENT_SCHEMAS,
};
const TYPES = [
  ...TASK_EVENT_TYPES,
  ...SESSION_EVENT_TYPES,
  ...TOKEN_EVENT_TYPES,
  ...PROJECT_EVENT_TYPES,
  ...LOGIN_EVENT_TYPES,
  ...LIMIT_EVENT_TYPES,
  ...CREDENTIAL_EVENT_TYPES,
  ...REFUSAL_EVENT_TYPES,
  ...TERMINAL_EVENT_TYPES,
  ...WEBHOOK_EVENT_TYPES,
];
const versions = TYPES.flatMap((type) =>
  Array.from({ length: currentVersion(type) }, (_, n) => ({ type, version: n + 1 })),
);
const fileOf = (type: string, version: number) => `${type}.v${version}.json`;
const stored = (event: GoldenEvent) => ({ ...event, stream: 'task-golden', revision: 0n });

describe('the golden events', () => {
  it('are there for each version ever written of each type, and for nothing else', () =>
    expect(files).toEqual(
      [...versions.map(({ type, version }) => fileOf(type, version)), fileOf(BRANCH_RESERVED, 1)].sort(),
    ));

  it('are those that were stored: none was changed, dropped or added in silence', () =>
    expect(files.map((file) => `${checksum(file)}  ${file}`)).toEqual(manifest));

  it.each(versions)('of $type version $version are read', ({ type, version }) => {
    const events = golden(fileOf(type, version));
    expect(events.length).toBeGreaterThan(0);
    for (const event of events) {
      expect(event).toMatchObject({ type, metadata: { schemaVersion: version } });
      const read = [
        { decode },
        sessionCodec,
        tokenCodec,
        projectCodec,
        loginCodec,
        limitCodec,
        credentialCodec,
        refusalCodec,
        terminalCodec,
        webhookCodec,
      ]
        .map((codec) => codec.decode(stored(event)))
        .find((found) => found !== null)!;
      expect(read.type).toBe(type);
      if (version === currentVersion(type)) expect(read.data).toEqual(event.data);
    }
  });

  it.each(TYPES)('of %s hold every field that the schema of today knows, and no other', (type) => {
    const fields = new Set(
      golden(fileOf(type, currentVersion(type))).flatMap(({ data }) => Object.keys(data)),
    );
    expect([...fields].sort()).toEqual(Object.keys(SCHEMAS[type].properties).sort());
  });

  it(`of ${BRANCH_RESERVED} are read`, () => {
    for (const { data } of golden(fileOf(BRANCH_RESERVED, 1))) {
      expect(Value.Check(BranchReservedSchema, data)).toBe(true);
    }
  });

  it('fold into the task that they told of', () => {
    const [, created] = golden('TaskCreated.v1.json');
    const order = ['TaskNamed', 'SandboxCreated', 'AgentStarted', 'SessionRequested'];
    const life = [created!, ...order.flatMap((type) => golden(fileOf(type, 1)))];
    const task = life.reduce<TaskState>((state, event) => evolve(state, decode(stored(event))!), null);
    expect(task).toMatchObject({
      workspaceId: 'acme-labs',
      repoRemote: 'ssh://git@github.com/acme/shop.git',
      task: 'fix: Größe 修复 😀\nand a second line',
      title: 'Größe 修复 😀',
      branchName: 'fix-grosse',
      onBranch: 'main',
      providerId: 'simulated',
      agentType: 'claude',
      stage: 'create_session',
      sandboxId: '7b0f7f2e-5a55-4a55-9a55-0123456789ab',
      sandboxPath: '/var/lib/slipway/local/7b0f7f2e-5a55-4a55-9a55-0123456789ab/checkout',
      sessions: [
        { state: 'pending_provision' },
        { agentType: 'codex' },
        { wish: { permissionPolicy: 'deny' } },
      ],
    });
  });
});

describe('a writer that is newer than this reader', () => {
  const [event] = golden('TaskNamed.v1.json');

  it('may have added fields: they do not break reading', () => {
    const data = { ...event!.data, colour: 'blue', nested: { deep: [1] } };
    const metadata = { ...event!.metadata, tenant: 'acme' };
    const read = decode(stored({ ...event!, data, metadata }))!;
    expect(read.data).toMatchObject(event!.data);
    expect(() => evolve(null, read)).not.toThrow();
  });

  it('may have added types: they are skipped', () =>
    expect(decode(stored({ ...event!, type: 'TaskApplauded' }))).toBeNull());

  it('may have added versions: they are refused, and the message says which and where', () =>
    expect(() => decode(stored({ ...event!, metadata: { schemaVersion: 99 } }))).toThrow(
      'TaskNamed at task-golden@0: schema version 99 is not known here; this service reads up to 1',
    ));
});
