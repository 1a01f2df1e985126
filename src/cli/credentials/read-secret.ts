import { printError, streams } from '../output.js';
import { CliError } from '../exit-code.js';

const MOST = 65_536;

/**
 * A secret from standard input: typed without being shown where that is a terminal, else all of what is piped in.
 * Never an argument, which others on the machine can read.
 */
export async function readSecret(question: string): Promise<string> {
  return process.stdin.isTTY ? typed(question) : piped();
}

async function piped(): Promise<string> {
  let text = '';
  for await (const chunk of process.stdin) {
    text += String(chunk);
    if (text.length > MOST) throw new CliError('usage', `The secret is longer than ${MOST} characters.`);
  }
  return text.replace(/\r?\n$/, '');
}

async function typed(question: string): Promise<string> {
  streams.error.write(`${question} (it is not shown): `);
  process.stdin.setRawMode(true);
  let text = '';
  try {
    for await (const chunk of process.stdin) {
      for (const character of String(chunk)) {
        if (character === '\r' || character === '\n' || character === '\x04') return text;
        if (character === '\x03') {
          printError('slipway', 'stopped');
          process.exit(130);
        }
        text = character === '\x7f' || character === '\b' ? text.slice(0, -1) : text + character;
      }
      if (text.length > MOST) throw new CliError('usage', `The secret is longer than ${MOST} characters.`);
    }
    return text;
  } finally {
    process.stdin.setRawMode(false);
    process.stdin.pause();
    streams.error.write('\n');
  }
}
