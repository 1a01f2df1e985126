import { Type, type Static } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import type { Choice, SessionChoices } from '../session-channel.js';
import { shortText } from './bounded-text.js';

const MOST_CHOICES = 100;
const LONGEST_ID = 200;
const LONGEST_NAME = 200;

const Id = Type.String({ minLength: 1, maxLength: LONGEST_ID });
const Items = Type.Array(Type.Unknown());
const Mode = Type.Object({ id: Id, name: Type.Optional(Type.String()) });
const Modes = Type.Object({ currentModeId: Id, availableModes: Items });
const Model = Type.Object({ modelId: Id, name: Type.Optional(Type.String()) });
const Models = Type.Object({ currentModelId: Id, availableModels: Items });
const ConfigOption = Type.Object({
  id: Id,
  category: Type.Optional(Type.Unknown()),
  type: Type.Literal('select'),
  currentValue: Id,
  options: Items,
});
type ConfigOption = Static<typeof ConfigOption>;
const ConfigValue = Type.Object({ value: Id, name: Type.Optional(Type.String()) });
const ConfigGroup = Type.Object({ options: Items });

/** By which of an agent's configuration options its mode and model are set; absent where it has a method of its own for that. */
export const SettingOptions = Type.Object({
  modeOption: Type.Optional(Id),
  modelOption: Type.Optional(Id),
});
export type SettingOptions = Static<typeof SettingOptions>;

/**
 * What an agent's reply to session/new, session/load or session/resume offers. Agents say modes and models in lists of
 * their own, as configuration options, or not at all; the option counts for models, the list for modes where both are there.
 */
export function choicesOf(reply: unknown): { choices: SessionChoices; options: SettingOptions } {
  const said = objectOf(reply);
  const configured = configuredChoices(said['configOptions']);
  const modes = Value.Check(Modes, said['modes']) ? said['modes'] : undefined;
  const models = Value.Check(Models, said['models']) ? said['models'] : undefined;
  const { modelOption } = configured.options;
  const { modeId, model, modes: modeList = [], models: modelList = [] } = configured.choices;
  const choices = {
    modes: modes ? listOf(modes.availableModes, modeOf) : modeList,
    modeId: modes?.currentModeId ?? modeId,
    models: modelOption === undefined && models ? listOf(models.availableModels, modelOf) : modelList,
    model: modelOption === undefined ? models?.currentModelId : model,
  };
  const options = { ...configured.options, ...(modes && { modeOption: undefined }) };
  return { choices: defined(choices), options: defined(options) };
}

/** What a list of configuration options says of mode and model; nothing where it says nothing. */
export function configuredChoices(list: unknown): {
  choices: Partial<SessionChoices>;
  options: SettingOptions;
} {
  const all = Value.Check(Items, list) ? list.slice(0, MOST_CHOICES) : [];
  const known = all.filter((item): item is ConfigOption => Value.Check(ConfigOption, item));
  const of = (what: string) =>
    known.find(({ category }) => category === what) ??
    known.find(({ id, category }) => id === what && typeof category !== 'string');
  const mode = of('mode');
  const model = of('model');
  return {
    choices: {
      ...(mode && { modes: valuesOf(mode), modeId: mode.currentValue }),
      ...(model && { models: valuesOf(model), model: model.currentValue }),
    },
    options: { ...(mode && { modeOption: mode.id }), ...(model && { modelOption: model.id }) },
  };
}

/** Options may be grouped, one level deep. */
function valuesOf({ options }: ConfigOption): Choice[] {
  const flat = options
    .slice(0, MOST_CHOICES)
    .flatMap((item) => (Value.Check(ConfigGroup, item) ? item.options.slice(0, MOST_CHOICES) : [item]));
  return listOf(flat, (item) =>
    Value.Check(ConfigValue, item) ? { id: item.value, name: item.name } : undefined,
  );
}

const modeOf = (item: unknown) => (Value.Check(Mode, item) ? item : undefined);
const modelOf = (item: unknown) =>
  Value.Check(Model, item) ? { id: item.modelId, name: item.name } : undefined;

function listOf(
  items: readonly unknown[],
  read: (item: unknown) => { id: string; name?: string } | undefined,
): Choice[] {
  return items
    .slice(0, MOST_CHOICES)
    .flatMap((item) => read(item) ?? [])
    .map(({ id, name }) => ({ id, name: shortText(name || id, LONGEST_NAME) }));
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** Without the keys that have no value. */
function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T;
}
