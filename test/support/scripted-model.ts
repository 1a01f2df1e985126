import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * What the model is to do, in the words of the prompt: lines that begin with `!!`, in their order. The model keeps no state: how
 * far it is, the number of tool results after the prompt tells, so that repeated requests and side calls do no harm.
 */
type Step =
  | { readonly type: 'say'; readonly text: string }
  | { readonly type: 'tool'; readonly tool: 'run' | 'write'; readonly words: string }
  /** Says one word after the other until the agent hangs up. */
  | { readonly type: 'drone' };

/** A request of an agent, as far as it matters here. */
interface Conversation {
  readonly prompt: string;
  /** Tool results since. */
  readonly results: number;
  /** Names of what it can call. */
  readonly tools: readonly string[];
}

/** What comes before a text's first word. */
const HEAD = 2;

/** A model on loopback that does as the prompt says, in the words of Anthropic's and of OpenAI's API. */
export class ScriptedModel {
  /** Requests so far, the latest last. */
  readonly requests: { readonly path: string; readonly key: string | undefined; readonly body: unknown }[] =
    [];
  private readonly server = createServer((request, response) => void this.answer(request, response));
  private readonly drones = new Set<ServerResponse>();
  /** How many words it said when it droned last. */
  words = 0;

  static async start(): Promise<ScriptedModel> {
    const model = new ScriptedModel();
    await new Promise<void>((resolve) => model.server.listen(0, '127.0.0.1', resolve));
    return model;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** How many agents it drones to just now. */
  get droning(): number {
    return this.drones.size;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const path = (request.url ?? '').split('?')[0]!;
    const body = asObject(tryParse(Buffer.concat(chunks).toString()));
    const key = (request.headers['x-api-key'] ?? request.headers.authorization) as string | undefined;
    this.requests.push({ path, key, body });
    if (request.method === 'HEAD') return void response.writeHead(200).end();
    const dialect = path === '/v1/messages' ? anthropic : path === '/v1/responses' ? openai : undefined;
    if (request.method !== 'POST' || dialect === undefined) {
      return void response
        .writeHead(404, { 'content-type': 'application/json' })
        .end('{"error":{"message":"none"}}');
    }
    const told = dialect.read(body);
    const { texts, tool, drones } =
      told.tools.length > 0
        ? nextOf(stepsOf(told.prompt), told.results)
        : { texts: ['A title'], tool: undefined, drones: false };
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    const send = (data: { readonly type: string }) =>
      response.write(`event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`);
    const id = `${this.requests.length}`;
    if (!drones) {
      for (const data of dialect.write(id, texts, tool, told, asString(body['model']))) send(data);
      return void response.end();
    }
    this.drones.add(response);
    const parts = dialect.drone(id, asString(body['model']));
    this.words = -HEAD;
    const timer = setInterval(() => {
      send(parts.next().value as Part);
      this.words++;
    }, 50);
    response.on('close', () => {
      clearInterval(timer);
      this.drones.delete(response);
    });
  }
}

function stepsOf(prompt: string): Step[] {
  return [...prompt.matchAll(/^!!(say|run|write|drone)(?: (.*))?$/gm)].map(([, word, rest = '']) => {
    if (word === 'drone') return { type: 'drone' };
    return word === 'say'
      ? { type: 'say', text: rest }
      : { type: 'tool', tool: word as 'run' | 'write', words: rest };
  });
}

/** What comes after so many tool results: texts, up to and with the next tool. */
function nextOf(steps: readonly Step[], results: number) {
  const texts: string[] = [];
  let done = results;
  for (const step of steps) {
    if (done > 0) {
      if (step.type === 'tool') done--;
      continue;
    }
    if (step.type === 'drone') return { texts, tool: undefined, drones: true };
    if (step.type === 'tool') return { texts, tool: step, drones: false };
    texts.push(step.text);
  }
  return { texts: texts.length > 0 ? texts : ['Done.'], tool: undefined, drones: false };
}

type Tool = Extract<Step, { type: 'tool' }>;
type Part = { readonly type: string } & Record<string, unknown>;
interface Dialect {
  read(body: Record<string, unknown>): Conversation;
  write(
    id: string,
    texts: readonly string[],
    tool: Tool | undefined,
    told: Conversation,
    model: string,
  ): Part[];
  drone(id: string, model: string): Generator<Part>;
}

const anthropic: Dialect = {
  read(body) {
    let told: Conversation = { prompt: '', results: 0, tools: toolsOf(body) };
    for (const message of asList(body['messages']).map(asObject)) {
      if (message['role'] !== 'user') continue;
      const { content } = message;
      const blocks =
        typeof content === 'string' ? [{ type: 'text', text: content }] : asList(content).map(asObject);
      for (const block of blocks) {
        if (block['type'] === 'tool_result') told = { ...told, results: told.results + 1 };
        const text = asString(block['text']);
        if (block['type'] === 'text' && text.includes('!!')) told = { ...told, prompt: text, results: 0 };
      }
    }
    return told;
  },
  write(id, texts, tool, { tools }, model) {
    const blocks = [
      ...texts.map((text, index) => block(index, { type: 'text', text: '' }, { type: 'text_delta', text })),
      ...(tool
        ? [
            block(
              texts.length,
              { type: 'tool_use', id: `toolu_${id}`, name: toolCall(tool, tools).name, input: {} },
              { type: 'input_json_delta', partial_json: JSON.stringify(toolCall(tool, tools).input) },
            ),
          ]
        : []),
    ].flat();
    const stop = { stop_reason: tool ? 'tool_use' : 'end_turn', stop_sequence: null };
    return [
      messageStart(id, model),
      ...blocks,
      { type: 'message_delta', delta: stop, usage: { output_tokens: 7 } },
      { type: 'message_stop' },
    ];
  },
  *drone(id, model) {
    yield messageStart(id, model);
    yield { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } };
    for (let n = 1; ; n++) {
      yield { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: `word ${n} ` } };
    }
  },
};

function messageStart(id: string, model: string): Part {
  const usage = { input_tokens: 11, output_tokens: 1 };
  const message = { id: `msg_${id}`, type: 'message', role: 'assistant', model, content: [], usage };
  return { type: 'message_start', message: { ...message, stop_reason: null, stop_sequence: null } };
}

const block = (index: number, content_block: object, delta: object): Part[] => [
  { type: 'content_block_start', index, content_block },
  { type: 'content_block_delta', index, delta },
  { type: 'content_block_stop', index },
];

/** `run COMMAND`, `write PATH TEXT` for a file that is not there yet. */
function toolCall({ tool, words }: Tool, tools: readonly string[]): { name: string; input: object } {
  const isClaude = tools.includes('Bash');
  if (tool === 'run') {
    return { name: isClaude ? 'Bash' : 'bash', input: { command: words, description: 'as told' } };
  }
  const [path, text] = pathAndText(words);
  const content = `${text}\n`;
  return isClaude
    ? { name: 'Write', input: { file_path: path, content } }
    : { name: 'write', input: { filePath: path, content } };
}

const openai: Dialect = {
  read(body) {
    let told: Conversation = { prompt: '', results: 0, tools: toolsOf(body) };
    for (const item of asList(body['input']).map(asObject)) {
      if (/_call_output$/.test(asString(item['type']))) told = { ...told, results: told.results + 1 };
      if (item['role'] !== 'user') continue;
      for (const { text } of asList(item['content']).map(asObject)) {
        if (asString(text).includes('!!')) told = { ...told, prompt: asString(text), results: 0 };
      }
    }
    return told;
  },
  write(id, texts, tool) {
    const items = [
      ...texts.map((text, index) => codexMessage(`msg_${id}_${index}`, text)),
      ...(tool ? [codexTool(id, tool)] : []),
    ];
    const parts = items.flatMap((item, output_index): Part[] => [
      { type: 'response.output_item.added', output_index, item },
      ...(item.type === 'message'
        ? [
            {
              type: 'response.output_text.delta',
              item_id: item.id,
              output_index,
              content_index: 0,
              delta: item.text,
            },
          ]
        : []),
      { type: 'response.output_item.done', output_index, item },
    ]);
    const usage = { input_tokens: 11, output_tokens: 7, total_tokens: 18 };
    return [
      { type: 'response.created', response: { id: `resp_${id}` } },
      ...parts,
      { type: 'response.completed', response: { id: `resp_${id}`, usage } },
    ];
  },
  *drone(id) {
    yield { type: 'response.created', response: { id: `resp_${id}` } };
    const item = codexMessage(`msg_${id}`, '');
    yield { type: 'response.output_item.added', output_index: 0, item };
    for (let n = 1; ; n++) {
      yield {
        type: 'response.output_text.delta',
        item_id: item.id,
        output_index: 0,
        content_index: 0,
        delta: `word ${n} `,
      };
    }
  },
};

const codexMessage = (id: string, text: string) => ({
  type: 'message',
  role: 'assistant',
  id,
  text,
  content: [{ type: 'output_text', text }],
});

function codexTool(id: string, { tool, words }: Tool) {
  const call = { id: `fc_${id}`, call_id: `call_${id}`, text: '' };
  if (tool === 'run')
    return {
      type: 'function_call',
      name: 'exec_command',
      arguments: JSON.stringify({ cmd: words }),
      ...call,
    };
  const [path, text] = pathAndText(words);
  const input = `*** Begin Patch\n*** Add File: ${path}\n+${text}\n*** End Patch\n`;
  return { type: 'custom_tool_call', name: 'apply_patch', input, status: 'completed', ...call };
}

function pathAndText(words: string): [string, string] {
  const at = words.indexOf(' ');
  return [words.slice(0, at), words.slice(at + 1)];
}

const toolsOf = (body: Record<string, unknown>): string[] =>
  asList(body['tools']).map((tool) => asString(asObject(tool)['name']) || 'unnamed');

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const asObject = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
const asList = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const asString = (value: unknown): string => (typeof value === 'string' ? value : '');
