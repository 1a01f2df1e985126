import { describe, expect, it } from '@jest/globals';
import { SlipwayError } from '@slipway/client';
import { CommanderError, InvalidArgumentError } from 'commander';
import { EventStoreUnavailableError } from '../store/event-store.js';
import { CliError, exitCodeOf } from './exit-code.js';

const answered = (status: number) => new SlipwayError({ code: 'internal_error', detail: 'said', status });

describe('what a command ends with', () => {
  it.each([
    [0, 'help that was asked for', new CommanderError(0, 'commander.helpDisplayed', '(help)')],
    [1, 'what nobody foresaw', new Error('?')],
    [1, 'what is no error', 'a string'],
    [1, 'an error of the service', answered(500)],
    [2, 'an unknown command', new CommanderError(1, 'commander.unknownCommand', 'no such command')],
    [2, 'an option that is none', new InvalidArgumentError('a whole number')],
    [2, 'a request that the service does not understand', answered(400)],
    [3, 'a task that is none', answered(404)],
    [4, 'a missing token', answered(401)],
    [4, 'a missing right', answered(403)],
    [4, 'a state that forbids it', answered(409)],
    [4, 'too much of it', answered(429)],
    [4, 'a refusal of our own', new CliError('refused', 'no')],
    [5, 'no answer', answered(0)],
    [5, 'a service without its stores', answered(503)],
    [5, 'an event store that is away', new EventStoreUnavailableError('away')],
    [5, 'a database that is away', Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })],
  ])('is %d for %s', (code, _, error) => {
    expect(exitCodeOf(error)).toBe(code);
  });
});
