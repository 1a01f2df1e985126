import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { PassThrough } from 'node:stream';
import { startProgress } from './progress.js';

describe('the progress bar', () => {
  let now = 0;
  beforeEach(() => void jest.spyOn(performance, 'now').mockImplementation(() => now));
  afterEach(() => void jest.restoreAllMocks());

  function terminal(isTTY = true) {
    const out = new PassThrough() as unknown as NodeJS.WriteStream;
    out.isTTY = isTTY;
    out.columns = 200;
    Object.assign(out, { cursorTo: () => true, clearLine: () => true, moveCursor: () => true });
    return { out, text: () => String((out as unknown as PassThrough).read() ?? '') };
  }

  it('shows rate and time left once something takes longer than a second, and not before', () => {
    now = 0;
    const { out, text } = terminal();
    const progress = startProgress('Copying', 1_000, { out });
    now = 900;
    progress.update(100);
    expect(text()).toBe('');
    now = 2_000;
    progress.update(500);
    progress.stop();
    expect(text()).toMatch(/Copying .* 50 % \| 500 events \| 250\/s \| .* left/);
  });

  it('says what is being done now', () => {
    now = 0;
    const { out, text } = terminal();
    const progress = startProgress('Rebuilding', 1_000, { out });
    now = 2_000;
    progress.update(1_000, 1_000, 'Rebuilding: comparing');
    progress.stop();
    expect(text()).toMatch(/Rebuilding: comparing .* 100 %/);
  });

  it.each<[string, boolean, boolean]>([
    ['for programs', true, true],
    ['where there is no terminal', false, false],
  ])('shows nothing %s', (_, isTTY, quiet) => {
    now = 0;
    const { out, text } = terminal(isTTY);
    const progress = startProgress('Copying', 10, { out, quiet });
    now = 5_000;
    progress.update(5);
    progress.stop();
    expect(text()).toBe('');
  });
});
