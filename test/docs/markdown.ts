import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Not ours, made by tools, or of one machine. */
const NOT_OURS = /^(node_modules|dist|\.git|\.slipway.*|bundle-.*)$/;

/** Every file of the repository, by its path from the root. */
export function filesOf(root: string, folder = ''): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    if (NOT_OURS.test(entry.name)) return [];
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return filesOf(root, path);
    return entry.isFile() ? [path] : [];
  });
}

export interface Fence {
  /** What follows the opening fence. */
  readonly language: string;
  readonly text: string;
  /** The line of the opening fence, from 1. */
  readonly line: number;
}

export interface Link {
  readonly target: string;
  /** What is quoted behind the target: text that has to be in the file. */
  readonly title?: string;
}

/** A Markdown file in its parts. */
export class Markdown {
  readonly fences: readonly Fence[];
  /** All that is in no fence. */
  readonly prose: string;

  constructor(text: string) {
    const fences: Fence[] = [];
    const prose: string[] = [];
    let open: { language: string; lines: string[]; line: number } | undefined;
    for (const [index, line] of text.split('\n').entries()) {
      const fence = /^ {0,3}```(.*)$/.exec(line);
      if (fence && open) {
        fences.push({ language: open.language, text: open.lines.join('\n'), line: open.line });
        open = undefined;
      } else if (fence) open = { language: fence[1]!.trim(), lines: [], line: index + 1 };
      else if (open) open.lines.push(line);
      else prose.push(line);
    }
    if (open) throw new Error(`The fence of line ${open.line} is not closed`);
    this.fences = fences;
    this.prose = prose.join('\n');
  }

  static read(file: string): Markdown {
    return new Markdown(readFileSync(file, 'utf8'));
  }

  get links(): Link[] {
    // What is marked as code is no link; the text of a link may be code.
    return [...this.prose.replace(/`[^`\n]*`/g, '').matchAll(/\]\(([^()\s]+)(?:\s+"([^"]*)")?\)/g)].map(
      ([, target, title]) => ({
        target: target!,
        ...(title !== undefined && { title }),
      }),
    );
  }

  /** The words that are marked as code. */
  get codes(): string[] {
    return [...this.prose.matchAll(/`([^`\n]+)`/g)].map(([, code]) => code!);
  }

  /** What a link may name after a `#`: the headings as GitHub spells them. */
  get anchors(): string[] {
    return [...this.prose.matchAll(/^#{1,6} +(.+)$/gm)].map(([, heading]) =>
      heading!
        .trim()
        .toLowerCase()
        .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    );
  }
}
