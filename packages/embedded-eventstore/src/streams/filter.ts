import { RE2JS } from 're2js';
import { invalidArgument } from '../grpc/status.js';
import type { StoredEvent } from '../store/event.js';

/** Events considered between two checkpoints when the client says nothing else. */
const DEFAULT_WINDOW = 32;
/** Answers remembered by value; types repeat, and so do the streams that are being written. */
const MEMORY = 4096;
/** Longest pattern, in characters; compiling takes time and memory in proportion. */
const MAX_PATTERN = 4096;

interface Expression {
  getRegex(): string;
  getPrefixList(): string[];
}

/** The filter options of reads and of persistent subscriptions, which differ in their class only. */
export interface FilterOptions {
  hasEventType(): boolean;
  getEventType(): Expression | undefined;
  hasStreamIdentifier(): boolean;
  getStreamIdentifier(): Expression | undefined;
  hasMax(): boolean;
  getMax(): number;
  getCheckpointintervalmultiplier(): number;
}

/** Which events a subscription wants, as it is stored with a persistent one. */
export interface FilterSettings {
  on: 'type' | 'stream';
  regex?: string;
  prefixes?: string[];
  /** Events considered between two checkpoints. */
  checkpointEvery: number;
}

export function readFilter(options: FilterOptions): FilterSettings {
  const expression = options.hasEventType() ? options.getEventType() : options.getStreamIdentifier();
  if (!expression) throw invalidArgument('The filter says neither event types nor stream names.');
  const window = options.hasMax() ? options.getMax() : DEFAULT_WINDOW;
  const checkpointEvery = window * options.getCheckpointintervalmultiplier();
  if (checkpointEvery < 1)
    throw invalidArgument("The filter's window and its checkpoint interval have to be above zero.");
  const on = options.hasEventType() ? 'type' : 'stream';
  const prefixes = expression.getPrefixList();
  return prefixes.length > 0
    ? { on, prefixes, checkpointEvery }
    : { on, regex: expression.getRegex(), checkpointEvery };
}

/** Tells which events a subscription wants. Throws INVALID_ARGUMENT for a pattern that is none. */
export class Filter {
  readonly checkpointEvery: number;
  private readonly test: (value: string) => boolean;
  private readonly answers = new Map<string, boolean>();

  constructor(private readonly settings: FilterSettings) {
    this.checkpointEvery = settings.checkpointEvery;
    this.test = settings.prefixes ? byPrefix(settings.prefixes) : byPattern(settings.regex ?? '');
  }

  accepts(event: StoredEvent): boolean {
    const value = this.settings.on === 'type' ? event.type : event.stream;
    let answer = this.answers.get(value);
    if (answer === undefined) {
      answer = this.test(value);
      if (this.answers.size >= MEMORY) this.answers.clear();
      this.answers.set(value, answer);
    }
    return answer;
  }
}

const byPrefix = (prefixes: string[]) => (value: string) =>
  prefixes.some((prefix) => value.startsWith(prefix));

/** RE2 takes time in proportion to the text, whatever the pattern: no pattern can hang the node. */
function byPattern(pattern: string): (value: string) => boolean {
  if (pattern.length > MAX_PATTERN)
    throw invalidArgument(`The filter is longer than ${MAX_PATTERN} characters.`);
  try {
    const compiled = RE2JS.compile(pattern);
    return (value) => compiled.matcher(value).find();
  } catch (error) {
    throw invalidArgument(
      `The filter "${pattern}" is no regular expression of RE2: ${(error as Error).message}`,
    );
  }
}
