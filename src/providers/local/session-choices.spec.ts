import { describe, expect, it } from '@jest/globals';
import { choicesOf } from './session-choices.js';

const select = (id: string, category: unknown, ...values: string[]) => ({
  id,
  category,
  name: id,
  type: 'select',
  currentValue: values[0],
  options: values.map((value) => ({ value, name: value.toUpperCase() })),
});

describe('what an agent offers', () => {
  it('is nothing where it says nothing, or nonsense', () => {
    for (const reply of [{}, null, 3, { modes: 'x', models: [], configOptions: { a: 1 } }]) {
      expect(choicesOf(reply)).toEqual({ choices: { modes: [], models: [] }, options: {} });
    }
  });

  it('comes as lists of modes and of models', () => {
    const reply = {
      modes: { currentModeId: 'ask', availableModes: [{ id: 'ask', name: 'Ask' }, { id: 'auto' }, 'junk'] },
      models: { currentModelId: 'm1', availableModels: [{ modelId: 'm1', name: 'One' }] },
    };
    expect(choicesOf(reply)).toEqual({
      choices: {
        modes: [
          { id: 'ask', name: 'Ask' },
          { id: 'auto', name: 'auto' },
        ],
        modeId: 'ask',
        models: [{ id: 'm1', name: 'One' }],
        model: 'm1',
      },
      options: {},
    });
  });

  it('comes as configuration options, grouped or not, known by category and else by id', () => {
    const grouped = {
      ...select('m', 'model', 'x'),
      options: [{ group: 'g', name: 'G', options: [{ value: 'x' }] }],
    };
    expect(choicesOf({ configOptions: [select('mode', undefined, 'a', 'b'), grouped] })).toEqual({
      choices: {
        modes: [
          { id: 'a', name: 'A' },
          { id: 'b', name: 'B' },
        ],
        modeId: 'a',
        models: [{ id: 'x', name: 'x' }],
        model: 'x',
      },
      options: { modeOption: 'mode', modelOption: 'm' },
    });
  });

  it('is set by the option for models and by its own method for modes, where both are there', () => {
    const reply = {
      modes: { currentModeId: 'ask', availableModes: [{ id: 'ask', name: 'Ask' }] },
      models: { currentModelId: 'old', availableModels: [] },
      configOptions: [select('mode', 'mode', 'ask'), select('model', 'model', 'new')],
    };
    expect(choicesOf(reply)).toMatchObject({
      choices: { modeId: 'ask', model: 'new', models: [{ id: 'new', name: 'NEW' }] },
      options: { modelOption: 'model' },
    });
    expect(choicesOf(reply).options.modeOption).toBeUndefined();
  });
});
