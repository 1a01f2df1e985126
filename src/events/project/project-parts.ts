import { Type, type Static } from '@sinclair/typebox';
import { Uuid } from '../../platform/text-rules.js';

/* STORAGE FORMAT, as project-events.ts: parts that the events of a project and of a task share. */

const Text = (maxLength: number) => Type.String({ minLength: 1, maxLength });

/** Variables of a project: their names, and which version of their values is meant. The values are nowhere in events. */
export const EnvVersion = Type.Object({
  envId: Uuid,
  names: Type.Array(Text(100), { minItems: 1, maxItems: 64 }),
});
export type EnvVersion = Static<typeof EnvVersion>;

export const Author = Type.Object({ name: Text(200), email: Text(200) });
export type Author = Static<typeof Author>;
