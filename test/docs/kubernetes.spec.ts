import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { settingsIn } from '../../src/platform/settings/setting.js';
import { readSettings } from '../../src/platform/settings/settings.js';
import { SETTINGS } from '../../src/platform/settings/settings-table.js';

const FOLDER = 'deploy/kubernetes/base';

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: Deployment;
}
interface Deployment {
  readonly replicas: number;
  readonly selector: { readonly matchLabels: Record<string, string> };
  readonly template: {
    readonly metadata: { readonly labels: Record<string, string> };
    readonly spec: {
      readonly containers: readonly {
        readonly env: readonly { readonly name: string; readonly value: string }[];
        readonly securityContext: object;
      }[];
      readonly securityContext: object;
    };
  };
}
interface Kustomization {
  readonly resources: readonly string[];
  readonly configMapGenerator: readonly { readonly name: string; readonly literals: readonly string[] }[];
}

const kustomization = parse(readFileSync(join(FOLDER, 'kustomization.yaml'), 'utf8')) as Kustomization;
const manifests = kustomization.resources.flatMap((file) =>
  parseAllDocuments(readFileSync(join(FOLDER, file), 'utf8')).map((document) => document.toJS() as Manifest),
);
const deployments = manifests.filter(({ kind }) => kind === 'Deployment');

/** What Kubernetes' own schema says against it. */
async function complaintOf(manifest: Manifest): Promise<string | undefined> {
  const models = (await import(`kubernetes-models/${manifest.apiVersion}`)) as Record<
    string,
    new (value: object) => { validate(): void }
  >;
  try {
    new models[manifest.kind]!(manifest).validate();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

describe('the base for Kubernetes', () => {
  it('has every file of its folder', () =>
    expect([...kustomization.resources, 'kustomization.yaml'].sort()).toEqual(readdirSync(FOLDER).sort()));

  it.each(manifests.map((each) => [`${each.kind} ${each.metadata.name}`, each] as const))(
    'is what Kubernetes takes: %s',
    async (_, manifest) => expect(await complaintOf(manifest)).toBeUndefined(),
  );

  it('would be refused by that schema with a field that is none', async () => {
    const [one] = deployments;
    const wrong = { ...one!, spec: { ...one!.spec, replicas: 'two' as never } };
    expect(await complaintOf(wrong)).toContain('replicas');
  });

  it('has several replicas of each role, that nobody can make root', () => {
    const roles = deployments.map(({ spec }) => {
      const { containers, securityContext } = spec.template.spec;
      expect(spec.replicas).toBeGreaterThan(1);
      expect(spec.template.metadata.labels).toEqual(spec.selector.matchLabels);
      expect(securityContext).toMatchObject({ runAsNonRoot: true });
      expect(containers[0]!.securityContext).toMatchObject({ allowPrivilegeEscalation: false });
      return containers[0]!.env.find(({ name }) => name === 'SLIPWAY_ROLES')!.value;
    });
    expect(roles.sort()).toEqual(['api', 'projector', 'saga']);
  });

  it('has settings that the service takes', () => {
    const env = Object.fromEntries(
      kustomization.configMapGenerator[0]!.literals.map((literal) => literal.split(/=(.*)/s).slice(0, 2)),
    ) as Record<string, string>;
    const known = settingsIn(SETTINGS).map(({ variable }) => variable);
    expect(Object.keys(env).filter((name) => !known.includes(name))).toEqual([]);
    for (const role of ['api', 'projector', 'saga']) readSettings({ ...env, SLIPWAY_ROLES: role });
  });
});
