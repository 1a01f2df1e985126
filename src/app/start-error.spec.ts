import { describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { SettingsError } from '../platform/settings/settings.js';
import { asStartError } from './listening-address.js';
import { complaintAboutNode } from './node-version.js';
import { StartError, shownError } from './start-error.js';

describe('what ended a start', () => {
  it('is a line for people where they can do something about it, one for each setting that is wrong', () => {
    expect(shownError(new StartError('The disk is full.'))).toBe('slipway: The disk is full.');
    expect(shownError(new SettingsError('PORT is wrong\nHOST is wrong'))).toBe(
      'slipway: PORT is wrong\nslipway: HOST is wrong',
    );
  });

  it.each([new TypeError('a bug'), 'a string', undefined])('is shown whole otherwise: %p', (error) => {
    expect(shownError(error)).toBe(error);
  });
});

it.each([
  ['EADDRINUSE', /Port 80 of ::1 is in use.*PORT/],
  ['EACCES', /Port 80 may not be opened.*PORT/],
  ['EADDRNOTAVAIL', /HOST ::1 is no address/],
  ['ENOTFOUND', /HOST ::1 is no name/],
])('%s on listening says what to set', (code, message) => {
  const error = asStartError(Object.assign(new Error(), { code }), 80, '::1');
  expect(error).toBeInstanceOf(StartError);
  expect((error as Error).message).toMatch(message);
});

it('any other error on listening stays what it is', () => {
  const error = new Error('odd');
  expect(asStartError(error, 80, '::1')).toBe(error);
});

describe('the version of Node', () => {
  it.each(['18.20.4', '20.18.3', '0.12.0'])('%s is too old', (version) =>
    expect(complaintAboutNode(version)).toContain(`Node ${version} is too old`),
  );
  it.each(['20.19.0', '22.0.0', '24.1.0', process.versions.node])('%s will do', (version) =>
    expect(complaintAboutNode(version)).toBeUndefined(),
  );
  it('is asked for as in package.json', async () => {
    const { engines } = JSON.parse(await readFile('package.json', 'utf8')) as { engines: { node: string } };
    const oldest = engines.node.replace('>=', '');
    expect(complaintAboutNode(`${oldest}.0`)).toBeUndefined();
    expect(complaintAboutNode('20.18.9')).toContain(oldest);
  });
});
