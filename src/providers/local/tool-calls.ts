import { Type, type Static } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import type { ToolCallChange, ToolContent } from '../session-channel.js';
import { cutText, shortText } from './bounded-text.js';

const MOST_CONTENT = 20;
const MOST_LOCATIONS = 50;
const LONGEST_TEXT = 32 << 10;
const LONGEST_SIDE = 64 << 10;
const LONGEST_PATH = 1_000;
const LONGEST_TITLE = 1_000;
const MOST_REMEMBERED = 500;

const Items = Type.Array(Type.Unknown());
/** A tool call or a change of one; whatever else is in it is judged part by part. */
export const ToolCall = Type.Object({ toolCallId: Type.String({ minLength: 1, maxLength: 200 }) });
type ToolCall = Static<typeof ToolCall> & Record<string, unknown>;
const Status = Type.Union(
  ['pending', 'in_progress', 'completed', 'failed'].map((each) => Type.Literal(each)),
);
const Location = Type.Object({ path: Type.String(), line: Type.Optional(Type.Unknown()) });
const Line = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const Block = Type.Object({ type: Type.Literal('content'), content: Type.Unknown() });
const Diff = Type.Object({
  type: Type.Literal('diff'),
  path: Type.String(),
  oldText: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  newText: Type.String(),
});
const Terminal = Type.Object({ type: Type.Literal('terminal'), terminalId: Type.String() });
const Text = Type.Object({ type: Type.Literal('text'), text: Type.String() });
const Link = Type.Object({ type: Type.Literal('resource_link'), uri: Type.String() });
const Resource = Type.Object({
  type: Type.Literal('resource'),
  resource: Type.Object({ uri: Type.String(), text: Type.Optional(Type.String()) }),
});
const Typed = Type.Object({ type: Type.String() });
/** Where agents put a command's output. */
const OUTPUTS = ['formatted_output', 'output', 'stdout'];

/** What a content block of ACP says in text: what is none is named. */
export function textOfBlock(block: unknown, most: number): string {
  if (Value.Check(Text, block)) return cutText(block.text, most);
  if (Value.Check(Link, block)) return `[${shortText(block.uri, LONGEST_PATH)}]`;
  if (Value.Check(Resource, block)) {
    return cutText(block.resource.text ?? `[${shortText(block.resource.uri, LONGEST_PATH)}]`, most);
  }
  return Value.Check(Typed, block) ? `[${shortText(block.type, 50)}]` : '';
}

/** Remembers of the latest tool calls what later messages about them leave out. */
export class ToolCalls {
  private readonly known = new Map<string, { title?: string; kind?: string }>();

  /** The change that a tool_call, a tool_call_update or a permission tells, bounded. */
  change(call: ToolCall): ToolCallChange {
    const before = this.known.get(call.toolCallId);
    const content = contentOf(call['content']);
    const output = outputOf(call['rawOutput']);
    const locations = locationsOf(call['locations']);
    const change: ToolCallChange = {
      toolCallId: call.toolCallId,
      ...(typeof call['title'] === 'string' && { title: shortText(call['title'], LONGEST_TITLE) }),
      ...(typeof call['kind'] === 'string' && { kind: shortText(call['kind'], 50) }),
      ...(Value.Check(Status, call['status']) && { status: call['status'] as ToolCallChange['status'] }),
      ...(locations && { locations }),
      ...(content && { content }),
      ...(output !== undefined && { output }),
    };
    this.known.delete(call.toolCallId);
    this.known.set(call.toolCallId, {
      title: change.title ?? before?.title,
      kind: change.kind ?? before?.kind,
    });
    for (const oldest of this.known.keys()) {
      if (this.known.size <= MOST_REMEMBERED) break;
      this.known.delete(oldest);
    }
    return change;
  }

  titleOf(toolCallId: string): string | undefined {
    return this.known.get(toolCallId)?.title;
  }

  kindOf(toolCallId: string): string | undefined {
    return this.known.get(toolCallId)?.kind;
  }
}

/** Some agents tell a command's output nowhere else. */
function outputOf(output: unknown): string | undefined {
  if (output === undefined || output === null) return undefined;
  const named = OUTPUTS.map((key) => (output as Record<string, unknown>)[key]);
  const text = [output, ...named].find((each) => typeof each === 'string' && each !== '');
  return text === undefined ? undefined : cutText(text as string, LONGEST_TEXT);
}

function contentOf(content: unknown): ToolContent[] | undefined {
  if (!Value.Check(Items, content) || content.length === 0) return undefined;
  const shown = content.slice(0, MOST_CONTENT).flatMap((item): ToolContent[] => {
    if (Value.Check(Diff, item)) {
      const { oldText } = item;
      return [
        {
          type: 'diff',
          path: shortText(item.path, LONGEST_PATH),
          oldText: typeof oldText === 'string' ? cutText(oldText, LONGEST_SIDE) : null,
          newText: cutText(item.newText, LONGEST_SIDE),
        },
      ];
    }
    if (Value.Check(Terminal, item))
      return [{ type: 'terminal', terminalId: shortText(item.terminalId, 200) }];
    const text = Value.Check(Block, item) ? textOfBlock(item.content, LONGEST_TEXT) : '';
    return text === '' ? [] : [{ type: 'text', text }];
  });
  const left = content.length - MOST_CONTENT;
  return left > 0 ? [...shown, { type: 'text', text: `[… ${left} more are left out here …]` }] : shown;
}

function locationsOf(locations: unknown): ToolCallChange['locations'] {
  if (!Value.Check(Items, locations)) return undefined;
  return locations
    .slice(0, MOST_LOCATIONS)
    .flatMap((item) => (Value.Check(Location, item) ? item : []))
    .map(({ path, line }) => ({
      path: shortText(path, LONGEST_PATH),
      ...(Value.Check(Line, line) && { line }),
    }));
}
