import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { settingsIn } from '../../src/platform/settings/setting.js';
import { readSettings } from '../../src/platform/settings/settings.js';
import { SETTINGS } from '../../src/platform/settings/settings-table.js';

interface Service {
  readonly profiles?: readonly string[];
  readonly image: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly ports: readonly string[];
  readonly volumes: readonly string[];
  readonly depends_on?: readonly string[];
  readonly healthcheck?: object;
}

const { services, volumes } = parse(readFileSync('compose.yaml', 'utf8')) as {
  services: Record<string, Service>;
  volumes: object;
};
const service = services['service']!;
const dockerfile = readFileSync('docker/service/Dockerfile', 'utf8');
const ofImage = Object.fromEntries(
  /^ENV (.+)$/m
    .exec(dockerfile)![1]!
    .split(' ')
    .map((each) => each.split('=') as [string, string]),
);

describe('compose.yaml', () => {
  it('starts the service only where it is asked for, from the image that npm run image:service builds', () => {
    expect(service.profiles).toEqual(['service']);
    expect(readFileSync('scripts/image-service.mjs', 'utf8')).toContain(`default: '${service.image}'`);
    for (const name of ['eventstore', 'postgres']) expect(services[name]!.profiles).toBeUndefined();
  });

  it('sets only what is a setting, to what the service takes', () => {
    const known = settingsIn(SETTINGS).map(({ variable }) => variable);
    expect(known).toEqual(expect.arrayContaining(Object.keys(service.environment)));
    const { HOME: _home, ...env } = { ...ofImage, ...service.environment };
    expect(() => readSettings(env)).not.toThrow();
  });

  it('names the stores that stand beside it, as they are set up', () => {
    const { EVENTSTORE_URL, DATABASE_URL } = service.environment;
    const [eventStore, database] = [new URL(EVENTSTORE_URL!), new URL(DATABASE_URL!)];
    expect([eventStore.hostname, database.hostname]).toEqual(service.depends_on);
    const { POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB } = services['postgres']!.environment;
    expect([database.username, database.password, database.pathname]).toEqual([
      POSTGRES_USER,
      POSTGRES_PASSWORD,
      `/${POSTGRES_DB}`,
    ]);
    for (const url of [eventStore, database])
      expect(services[url.hostname]!.ports[0]).toMatch(new RegExp(`:${url.port}$`));
  });

  it('publishes the port of the image, keeps its volume, and leaves its health check as it is', () => {
    expect(dockerfile).toContain(`EXPOSE ${ofImage['PORT']}\n`);
    expect(service.ports).toEqual([`127.0.0.1:${ofImage['PORT']}:${ofImage['PORT']}`]);
    expect(dockerfile).toContain(`VOLUME ${ofImage['SLIPWAY_DATA_DIR']}\n`);
    expect(service.volumes).toEqual([`service:${ofImage['SLIPWAY_DATA_DIR']}`]);
    expect(service.environment['SLIPWAY_KEYS_DIR']).toMatch(`${ofImage['SLIPWAY_DATA_DIR']}/`);
    expect(dockerfile).toMatch(/^HEALTHCHECK /m);
    expect(service.healthcheck).toBeUndefined();
  });

  it('publishes nothing beyond this machine, and declares every volume', () => {
    const all = Object.values(services);
    for (const port of all.flatMap(({ ports }) => ports)) expect(port).toMatch(/^127\.0\.0\.1:/);
    const names = all.flatMap((each) => each.volumes.map((volume) => volume.split(':')[0]));
    expect(Object.keys(volumes).sort()).toEqual(names.sort());
  });
});
