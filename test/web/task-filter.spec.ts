import { describe, expect, it } from '@jest/globals';
import { filterOf, matches, matchesText, queryOf } from '../../web/src/task/filter.js';
import { task } from './task-view.js';

const NOW = Date.parse('2026-01-31T12:00:30.500Z');
const at = (search: string) => filterOf(new URL(`http://page/${search}`));

describe('the filter of the list', () => {
  it('is nothing in an address without one, and with empty ones', () => {
    for (const search of ['', '?q=&status=&project=&since=&needsYou=', '?workspace=acme'])
      expect(Object.values(queryOf(at(search), NOW)).filter((value) => value !== undefined)).toEqual([]);
  });

  it('is told to the service in its own words', () => {
    const search = '?status=running,error&activity=idle&needsYou=true&project=p&agent=mock,codex&q=a%26b';
    expect(queryOf(at(search), NOW)).toEqual({
      status: ['running', 'error'],
      activity: ['idle'],
      needsYou: true,
      projectId: 'p',
      agentType: ['mock', 'codex'],
      createdFrom: undefined,
      q: 'a&b',
    });
  });

  it.each([
    ['1h', '2026-01-31T11:00:00.000Z'],
    ['24h', '2026-01-30T12:00:00.000Z'],
    ['7d', '2026-01-24T12:00:00.000Z'],
    ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z'],
    // The service says what is wrong with it.
    ['yesterday', 'yesterday'],
  ])('counts back from now: since %s is %s', (since, createdFrom) =>
    expect(queryOf(at(`?since=${since}`), NOW)).toMatchObject({ createdFrom }),
  );

  const one = task({
    status: 'running',
    activity: 'idle',
    needsYou: false,
    agentType: 'mock',
    projectId: 'p',
    createdAt: '2026-01-31T11:30:00.000Z',
  });
  it.each([
    ['?status=running,error', true],
    ['?status=error', false],
    ['?activity=idle', true],
    ['?activity=working', false],
    ['?needsYou=true', false],
    ['?project=p', true],
    ['?project=q', false],
    ['?agent=codex,mock', true],
    ['?agent=codex', false],
    ['?since=1h', true],
    ['?since=2026-01-31T11:30:01Z', false],
    ['?status=running&agent=codex', false],
  ])('takes what came over the connection as the service would: %s', (search, isTaken) =>
    expect(matches(one, at(search), NOW)).toBe(isTaken),
  );

  it('finds by id, and however accents are written', () => {
    const found = task({ title: 'Caf\u00e9', taskId: '6e0b1a52-52f0-4c4b-a51c-8f0c2e0a4b0e' });
    for (const text of ['6E0B1A52', 'cafe\u0301']) expect(matchesText(found, text)).toBe(true);
    expect(matchesText(found, 'tea')).toBe(false);
  });
});
