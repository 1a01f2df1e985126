import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TranscriptEntry } from '../../src/events/session/transcript-entry.js';
import type { SessionRecord, TaskRecord } from '../../src/events/task/task-record.js';
import { npmEnvironment } from '../../src/providers/local/agents/agent-installer.js';
import { makeRepository } from './git-repository.js';
import { argumentsOf, processesMentioning } from './processes.js';
import { ScriptedModel } from './scripted-model.js';
import { ServiceProcess } from './service-process.js';
import { until } from './until.js';

/** Downloading an agent takes as long as the network does; a real agent thinks longer than a mock. */
const INSTALL_MS = 1_200_000;
const WORK_MS = 120_000;

export interface RealAgent {
  readonly agentType: string;
  /** What it is given of the service's environment, for a model at the address. */
  readonly env: (modelUrl: string) => Record<string, string>;
  /** What it does when it may not use a tool: goes on, or ends its turn, with which reason. */
  readonly afterRefusal: 'goes_on' | 'end_turn' | 'cancelled';
  /** What it shows as the old text of a file that was not there. */
  readonly textOfNoFile: '' | null;
  /** Another one of its models, and what the model is asked for by then. */
  readonly otherModel: { readonly id: string; readonly asks: RegExp };
  /** A mode in which it changes files without asking; absent where it has no modes. */
  readonly modeThatEdits?: string;
}

type TurnEnd = Extract<TranscriptEntry, { kind: 'turn_ended' }>;

interface Permission {
  readonly permissionId: string;
  readonly title: string;
  readonly state: string;
  readonly options: readonly { readonly optionId: string; readonly kind: string }[];
}

/** What holds of every real agent, on a real service, with a scripted model on loopback in place of the one that costs. */
export function describeRealAgent({
  agentType,
  env,
  afterRefusal,
  textOfNoFile,
  otherModel,
  modeThatEdits,
}: RealAgent): void {
  describe(`the agent ${agentType}, with a scripted model`, () => {
    let model: ScriptedModel;
    let service: ServiceProcess;
    let roots: string;
    let task: TaskRecord;
    const at = (...names: string[]) => join(task.sandboxPath!, ...names);
    const session = () => `/v1/tasks/${task.taskId}/sessions/${task.sessionId}`;
    const record = async () => (await service.get<SessionRecord>(session())).body;
    /** Asks, and answers how to wait for the end of that: what is known of it then is that it is in the transcript. */
    async function ask(...lines: string[]): Promise<{ end: () => Promise<void> }> {
      const wish = { text: lines.join('\n') };
      const { status, body } = await service.post<{ promptId: string }>(`${session()}/prompts`, wish);
      expect(status).toBe(202);
      return { end: () => hasEnded(({ promptId }) => promptId === body.promptId) };
    }
    const hasEnded = (which: (end: TurnEnd) => boolean) =>
      until('the turn to end', WORK_MS, async () =>
        (await peek()).some((entry) => entry.kind === 'turn_ended' && which(entry)),
      );
    const permissions = async (state = '') =>
      (await service.get<{ items: Permission[] }>(`${session()}/permissions${state}`)).body.items;

    async function asked(): Promise<Permission> {
      let found: Permission | undefined;
      await until('the agent to ask', WORK_MS, async () => {
        [found] = await permissions('?state=pending');
        return found !== undefined;
      });
      return found!;
    }

    /** Sets the session, and waits until the agent has it so. */
    async function choose(wish: { model: string } | { modeId: string }): Promise<void> {
      await service.client.changeSession(task.taskId, task.sessionId, wish);
      await until('the agent to take that', WORK_MS, async () => {
        const now = await record();
        return Object.entries(wish).every(([key, value]) => now[key as 'model' | 'modeId'] === value);
      });
    }

    async function answer({ permissionId, options }: Permission, kind: string): Promise<void> {
      const option = options.find((each) => each.kind === kind)!;
      const path = `${session()}/permissions/${permissionId}/answer`;
      expect(await service.post(path, { optionId: option.optionId })).toMatchObject({ status: 202 });
    }

    /** All that was said and done since the last call. */
    let read = '0';
    async function news(): Promise<TranscriptEntry[]> {
      const path = `${session()}/transcript?limit=200&after=${read}`;
      const { body } = await service.get<{ items: TranscriptEntry[] }>(path);
      read = body.items.at(-1)?.position ?? read;
      return body.items;
    }
    const said = (entries: readonly TranscriptEntry[]) =>
      entries.flatMap((entry) => (entry.kind === 'message' ? [entry.text] : [])).join('');
    const ends = (entries: readonly TranscriptEntry[]) =>
      entries.flatMap((entry) => (entry.kind === 'turn_ended' ? [entry.stopReason] : []));

    beforeAll(async () => {
      model = await ScriptedModel.start();
      roots = await mkdtemp(join(tmpdir(), 'slipway-repos-'));
      await makeRepository(join(roots, 'shop'));
      const given = env(model.url);
      service = await ServiceProcess.start({
        ...npmEnvironment(process.env),
        ...given,
        SLIPWAY_PROVIDERS: 'local',
        SLIPWAY_LOCAL_REPO_ROOTS: roots,
        SLIPWAY_AGENTS: agentType,
        SLIPWAY_LOCAL_AGENT_ENV: Object.keys(given).join(','),
        SLIPWAY_STAGE_ENSURE_AGENT_TIMEOUT_MS: String(INSTALL_MS),
      });
    }, WORK_MS);
    afterAll(async () => {
      await service.post(`/v1/tasks/${task.taskId}/kill`, { discardChanges: true });
      await service.waitForStatus(task.taskId, 'killed', WORK_MS);
      await service.dispose();
      await model.close();
      await rm(roots, { recursive: true, force: true });
    }, WORK_MS);

    it(
      'is installed when it is first wanted, and answers',
      async () => {
        const wish = { task: '!!say hello from the model', repoRemote: join(roots, 'shop'), agentType };
        ({ body: task } = await service.post('/v1/tasks', wish));
        task = await service.waitForStatus(task.taskId, 'running', INSTALL_MS);
        await hasEnded(() => true);
        const entries = await news();
        expect(said(entries)).toBe('hello from the model');
        expect(ends(entries)).toEqual(['end_turn']);
        expect(model.requests.map(({ key }) => key)).toContainEqual(expect.stringContaining('dummy-key'));
        const installed = (await readdir(join(service.dataDir, 'agents'))).filter(
          (name) => !name.includes('lock'),
        );
        expect(installed).toEqual([expect.stringMatching(new RegExp(`^${agentType}-\\d+\\.\\d+\\.\\d+$`))]);
      },
      INSTALL_MS + WORK_MS,
    );

    it(
      'asks before it runs a command; a person answers, and the command has run',
      async () => {
        const prompt = await ask(`!!run echo it was $((40 + 2)) | tee ${at('by-command')}`, '!!say ran it');
        const permission = await asked();
        const shown = await service.waitForTask(task.taskId, ({ needsYou }) => needsYou, WORK_MS);
        expect(shown).toMatchObject({
          activity: 'waiting_for_permission',
          sessions: [{ pendingPermissions: 1 }],
        });
        expect(permission.title).toContain('tee');
        expect(existsSync(at('by-command'))).toBe(false);
        await answer(permission, 'allow_once');
        await prompt.end();
        expect(existsSync(at('by-command'))).toBe(true);
        const entries = await news();
        expect(said(entries)).toBe('ran it');
        expect(ends(entries)).toEqual(['end_turn']);
        expect(entries).toContainEqual(
          expect.objectContaining({ kind: 'permission', state: 'answered', by: 'person' }),
        );
        expect(entries).toContainEqual(
          expect.objectContaining({
            kind: 'tool_call',
            toolCall: expect.objectContaining({
              kind: 'execute',
              status: 'completed',
              content: [{ type: 'text', text: expect.stringContaining('it was 42') }],
            }),
          }),
        );
      },
      WORK_MS,
    );

    it(
      'shows the change that it asks about, and makes it once it may',
      async () => {
        const prompt = await ask(`!!write ${at('notes.md')} remember the milk`, '!!say written');
        await answer(await asked(), 'allow_once');
        await prompt.end();
        expect(readFileSync(at('notes.md'), 'utf8')).toBe('remember the milk\n');
        const entries = await news();
        const diffs = entries.flatMap((entry) =>
          entry.kind === 'tool_call'
            ? (entry.toolCall.content ?? []).filter(({ type }) => type === 'diff')
            : [],
        );
        expect(diffs).toContainEqual({
          type: 'diff',
          path: expect.stringContaining('notes.md'),
          oldText: textOfNoFile,
          newText: expect.stringContaining('remember the milk'),
        });
        expect(said(entries)).toBe('written');
      },
      WORK_MS,
    );

    it(
      'does not what a person refuses',
      async () => {
        const prompt = await ask(`!!run touch ${at('never')}`, '!!say as you like');
        await answer(await asked(), 'reject_once');
        await prompt.end();
        expect(existsSync(at('never'))).toBe(false);
        const entries = await news();
        expect(ends(entries)).toEqual([afterRefusal === 'cancelled' ? 'cancelled' : 'end_turn']);
        expect(said(entries)).toContain(afterRefusal === 'goes_on' ? 'as you like' : '');
        // One that is cancelled by it may not have told of the call at all.
        const calls = entries.flatMap((entry) => (entry.kind === 'tool_call' ? [entry.toolCall.status] : []));
        expect(calls.slice(-1)).toEqual(afterRefusal === 'cancelled' ? [] : ['failed']);
      },
      WORK_MS,
    );

    it(
      'is stopped while it speaks, and works on the next prompt',
      async () => {
        await ask('!!drone');
        const prompt = await ask('!!say still here');
        await until('the model to be heard', WORK_MS, async () => said(await peek()).includes('word 3 '));
        expect(await service.post(`${session()}/cancel`)).toMatchObject({ status: 202 });
        await prompt.end();
        expect(model.droning).toBe(0);
        const entries = await news();
        expect(ends(entries)).toEqual(['cancelled', 'end_turn']);
        expect(said(entries)).toMatch(/still here$/);
      },
      WORK_MS,
    );

    it(
      'is stopped in the middle of a command, and works on the next prompt',
      async () => {
        const prompt = await ask(`!!run touch ${at('begun')} && sleep 600`, '!!say never said');
        await answer(await asked(), 'allow_once');
        await until('the command to run', WORK_MS, () => existsSync(at('begun')));
        expect(await service.post(`${session()}/cancel`)).toMatchObject({ status: 202 });
        await prompt.end();
        await (await ask('!!say on we go')).end();
        const entries = await news();
        expect(ends(entries)).toEqual(['cancelled', 'end_turn']);
        expect(said(entries)).toBe('on we go');
      },
      WORK_MS,
    );

    it(
      'is stopped while it asks, and works on the next prompt',
      async () => {
        await ask(`!!run touch ${at('never')}`, '!!say never said');
        await asked();
        expect(await service.post(`${session()}/cancel`)).toMatchObject({ status: 202 });
        const prompt = await ask('!!say here again');
        await prompt.end();
        expect(existsSync(at('never'))).toBe(false);
        const entries = await news();
        expect(ends(entries)).toEqual(['cancelled', 'end_turn']);
        expect(said(entries)).toBe('here again');
      },
      WORK_MS,
    );

    it(
      'waits for its answer over a kill -9 of the service, and nothing is said twice',
      async () => {
        const prompt = await ask('!!say before', `!!run touch ${at('after-restart')}`, '!!say after');
        const { permissionId } = await asked();
        await service.kill();
        await service.start();
        const permission = await asked();
        expect(permission.permissionId).toBe(permissionId);
        await answer(permission, 'allow_once');
        await prompt.end();
        expect(existsSync(at('after-restart'))).toBe(true);
        const entries = await news();
        expect(said(entries)).toBe('beforeafter');
        expect(ends(entries)).toEqual(['end_turn']);
      },
      WORK_MS,
    );

    it(
      'goes on speaking over a kill -9 of the service: every word is there, once, in order',
      async () => {
        const prompt = await ask('!!drone');
        const hears = (word: number) => async () => said(await peek()).includes(`word ${word} `);
        await until('the model to be heard', WORK_MS, hears(5));
        await service.kill();
        const before = model.words;
        await service.start();
        await until('what was said since to be heard', WORK_MS, hears(before + 5));
        await service.post(`${session()}/cancel`);
        await prompt.end();
        const words = said(await news())
          .trim()
          .split(/(?<=\d) /);
        expect(words).toEqual(words.map((_, i) => `word ${i + 1}`));
      },
      WORK_MS,
    );

    it(
      'is started again when it was killed, and takes its session up',
      async () => {
        const { agentSessionId } = await record();
        const agents = processesMentioning(task.taskId).filter((pid) => isAgent(pid, agentType));
        expect(agents.length).toBeGreaterThan(0);
        for (const pid of agents) process.kill(pid, 'SIGKILL');
        await service.waitForTask(task.taskId, ({ activity }) => activity === 'lost', WORK_MS);
        await news();
        const before = model.requests.length;
        const prompt = await ask('!!say risen');
        await prompt.end();
        const entries = await news();
        expect(entries).toContainEqual(
          expect.objectContaining({ kind: 'notice', code: 'agent_resumed', how: 'load' }),
        );
        // What the agent tells again of its past is not told to people again; that it knows it, the model sees.
        expect(said(entries)).toBe('risen');
        expect(JSON.stringify(model.requests.slice(before))).toContain('remember the milk');
        expect(await record()).toMatchObject({ agentSessionId });
      },
      WORK_MS,
    );

    it(
      'takes its session up when its task was archived and is resumed',
      async () => {
        await service.post(`/v1/tasks/${task.taskId}/archive`, { discardChanges: true });
        await service.waitForStatus(task.taskId, 'archived', WORK_MS);
        await service.post(`/v1/tasks/${task.taskId}/resume`);
        await service.waitForStatus(task.taskId, 'running', WORK_MS);
        await news();
        const before = model.requests.length;
        await (await ask('!!say out of the archive')).end();
        expect(said(await news())).toBe('out of the archive');
        expect(JSON.stringify(model.requests.slice(before))).toContain('remember the milk');
      },
      WORK_MS,
    );

    it(
      'works with the model and in the mode that a person chooses',
      async () => {
        const { models, modes } = await record();
        expect(models.map(({ id }) => id)).toContain(otherModel.id);
        expect(modes.some(({ id }) => id === modeThatEdits)).toBe(modeThatEdits !== undefined);
        await choose({ model: otherModel.id });
        await (await ask('!!say with the other')).end();
        expect(model.requests.at(-1)!.body).toMatchObject({ model: expect.stringMatching(otherModel.asks) });
        if (modeThatEdits === undefined) return;
        await choose({ modeId: modeThatEdits });
        const before = (await permissions()).length;
        await (await ask(`!!write ${at('unasked.md')} by mode`)).end();
        expect(readFileSync(at('unasked.md'), 'utf8')).toBe('by mode\n');
        expect(await permissions()).toHaveLength(before);
      },
      WORK_MS,
    );

    it(
      'is there for another task at once: it was installed once for all',
      async () => {
        const wish = { task: '!!say me too', repoRemote: join(roots, 'shop'), agentType };
        const { body: other } = await service.post('/v1/tasks', wish);
        await service.waitForIdle(other.taskId, WORK_MS);
        const { body } = await service.get<{ messages: { text: string }[] }>(
          `/v1/tasks/${other.taskId}/sessions/${other.sessionId}/messages`,
        );
        expect(body.messages.at(-1)?.text).toBe('me too');
        expect(service.log.match(/installing an agent/g)).toHaveLength(1);
        await service.post(`/v1/tasks/${other.taskId}/kill`, { discardChanges: true });
        await service.waitForStatus(other.taskId, 'killed');
      },
      WORK_MS,
    );

    /** As `news`, which stay news. */
    async function peek(): Promise<TranscriptEntry[]> {
      const before = read;
      const entries = await news();
      read = before;
      return entries;
    }
  });
}

function isAgent(pid: number, agentType: string): boolean {
  return argumentsOf(pid).some((word) => word.includes(`/agents/${agentType}-`));
}
