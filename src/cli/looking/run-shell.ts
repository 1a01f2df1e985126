import type { SlipwayClient, TerminalEnd } from '@slipway/client';
import { streams } from '../output.js';
import { leavingKeys } from './leaving-keys.js';

/** Joins this terminal with a shell in the task's sandbox until that ends. @throws SlipwayError where there is to be none */
export async function runShell(client: SlipwayClient, taskId: string): Promise<TerminalEnd> {
  const { stdin } = process;
  const { out: stdout } = streams;
  const size = () => ({ cols: stdout.columns || 80, rows: stdout.rows || 24 });
  let end: (end: TerminalEnd) => void = () => undefined;
  const ended = new Promise<TerminalEnd>((resolve) => (end = resolve));
  const terminal = await client.openTerminal(taskId, size(), {
    // As with ssh, what comes is the terminal's to obey: that is what a shell is for.
    output: (bytes) => new Promise<void>((resolve) => void stdout.write(bytes, () => resolve())),
    ended: end,
  });
  const typed = leavingKeys({
    type: (text) => terminal.write(text),
    leave: () => terminal.close(),
  });
  const onResize = () => terminal.resize(size());
  stdin.setRawMode(true);
  stdin.setEncoding('utf8').on('data', typed).resume();
  stdout.on('resize', onResize);
  try {
    return await ended;
  } finally {
    stdout.off('resize', onResize);
    stdin.off('data', typed).pause();
    stdin.setRawMode(false);
  }
}
