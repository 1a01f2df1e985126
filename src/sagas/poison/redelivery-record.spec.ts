import { describe, expect, it } from '@jest/globals';
import { recordOf, type Note } from './redelivery-journal.js';

const alone = (message = 'm'): Note => ({ type: 'AloneBegun', message });
const quiet: Note = { type: 'QuietBegun' };
const inHand = (...messages: string[]): Note => ({ type: 'InHand', messages });

/** What is known after these lives, each with its notes. */
function after(...lives: Note[][]) {
  const notes = lives.flatMap((life, n) => life.map((note) => ({ life: `life-${n}`, note })));
  const { candidates, deaths } = recordOf(notes, 'reader');
  return { candidates: [...candidates], deaths: Object.fromEntries(deaths) };
}

describe('what lives leave behind', () => {
  it('whatever was in hand last is a candidate', () =>
    expect(after([inHand('a', 'b'), inHand('b', 'c')], [inHand('d')])).toEqual({
      candidates: ['d'],
      deaths: {},
    }));

  it('ends alone are counted, one a life', () =>
    expect(after([alone()], [quiet, alone()])).toEqual({ candidates: ['m'], deaths: { m: 2 } }));

  it('a quiet that is begun twice in one life clears nobody', () =>
    expect(after([alone()], [quiet, quiet, alone()]).deaths).toEqual({ m: 2 }));

  it('an end in the quiet clears everybody', () =>
    expect(after([alone()], [quiet])).toEqual({ candidates: [], deaths: {} }));

  it('an end in an earlier quiet does so, too', () =>
    expect(after([alone()], [quiet], [alone()]).deaths).toEqual({ m: 1 }));

  it('a quiet that ended otherwise clears nobody', () =>
    expect(after([alone()], [quiet, inHand()]).deaths).toEqual({ m: 1 }));

  it('an end beside others who joined is not counted, and those before stay', () => {
    const joined: Note = { type: 'OthersJoined', message: 'm' };
    expect(after([alone(), joined])).toEqual({ candidates: ['m'], deaths: {} });
    expect(after([alone()], [quiet, alone(), joined]).deaths).toEqual({ m: 1 });
  });

  it.each(['AloneEnded', 'GivenUp'] as const)('%s is the end of it', (type) =>
    expect(after([alone()], [quiet, alone()], [{ type, message: 'm' }])).toEqual({
      candidates: [],
      deaths: {},
    }),
  );

  it('what the reader itself has noted says nothing of another life', () =>
    expect(recordOf([{ life: 'reader', note: alone() }], 'reader').deaths.size).toBe(0));
});
