import { expect, it } from '@jest/globals';
import { readSettings } from '../platform/settings/settings.js';
import { greeting } from './greeting.js';

const URL = 'http://127.0.0.1:3000';

it('says where the service and its data are and how to create a task', () => {
  const text = greeting(
    URL,
    readSettings({ SLIPWAY_DATA_DIR: '/srv/slipway', SLIPWAY_LOCAL_REPO_ROOTS: '/srv/git' }),
  );
  for (const word of [URL, '/srv/slipway', 'embedded', '/srv/git', 'tasks create', 'Ctrl-C'])
    expect(text).toContain(word);
});

it('shows of stores elsewhere the host alone', () => {
  const text = greeting(
    URL,
    readSettings({
      EVENTSTORE_URL: 'esdb://admin:changeit@store:2113?tls=false',
      DATABASE_URL: 'postgres://u:pa55@db.example:5432/slipway',
    }),
  );
  expect(text).toMatch(/EventStoreDB at store:2113\n/);
  expect(text).toMatch(/PostgreSQL at db.example:5432\n/);
  expect(text).not.toMatch(/changeit|pa55/);
});
