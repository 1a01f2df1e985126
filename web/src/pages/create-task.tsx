import { useEffect, useRef, useState, type FormEvent } from 'react';
import type { Providers } from '@slipway/client';
import { api, reasonOf } from '../api/api.js';
import { POLICY } from '../conversation/words.js';
import { useTitle } from '../live/use-title.js';
import { Link } from '../router.js';
import { Field } from '../ui/field.js';
import { Icon } from '../ui/icon.js';
import { Notice } from '../ui/notice.js';
import { useResource } from '../ui/use-resource.js';
import { listAddress } from '../workspace.js';
import { KNOWN_PROJECTS, KnownProjects } from './known-projects.js';
import { EMPTY, useCreateTask, valuesOf, type FieldName } from './use-create-task.js';

const FOLDED: readonly FieldName[] = [
  'title',
  'branchName',
  'onBranch',
  'permissionPolicy',
  'modeId',
  'model',
];
const PROVIDERS = 'providers';
const DEFAULTED = { placeholder: "the service's default" };

/** Who may work at the provider, at the first one where none is named; null where that is not limited, or not known. */
const agentsOf = (providers: Providers['items'], providerId: string): readonly string[] | null =>
  (providerId.trim() === '' ? providers[0] : providers.find((each) => each.providerId === providerId.trim()))
    ?.agents ?? null;

interface CreateTaskPageProps {
  readonly workspace: string;
  /** The task whose values the form begins with, or null. */
  readonly from: string | null;
}

/** Asks for a task and goes to its page as soon as it exists, which is before anything is provisioned. */
export function CreateTaskPage({ workspace, from }: CreateTaskPageProps) {
  const [values, setValues] = useState(EMPTY);
  const [optionsOpen, setOptionsOpen] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const { busy, failure, problemOf, create } = useCreateTask(workspace);
  const projects =
    useResource(workspace, (signal) => api.listProjects({ workspaceId: workspace }, { signal })).data
      ?.items ?? [];
  const providers = useResource('providers', (signal) => api.listProviders({ signal })).data?.items ?? [];
  const { data: model, error: modelError } = useResource(from, (signal) =>
    api.getTask(from!, {}, { signal }),
  );
  useEffect(() => {
    // What was typed meanwhile stays.
    if (model !== undefined) setValues((typed) => (typed === EMPTY ? valuesOf(model) : typed));
  }, [model]);
  const agents = agentsOf(providers, values.providerId);
  useTitle('New task');

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const wrong = await create(
      agents === null || agents.includes(values.agentType) ? values : { ...values, agentType: '' },
    );
    if (wrong === undefined) return;
    if (FOLDED.includes(wrong)) setOptionsOpen(true);
    requestAnimationFrame(() => form.current?.querySelector<HTMLElement>(`[name=${wrong}]`)?.focus());
  };

  const field = (
    name: FieldName,
    label: string,
    hint: string,
    extra: { placeholder?: string; list?: string } = {},
  ) => (
    <Field label={label} hint={hint} name={name} error={problemOf(name)}>
      {(props) => (
        <input
          {...props}
          {...extra}
          name={name}
          value={values[name]}
          spellCheck={false}
          autoCapitalize="off"
          autoComplete="off"
          onChange={(event) => setValues({ ...values, [name]: event.target.value })}
        />
      )}
    </Field>
  );

  return (
    <main id="main" className="create-page">
      <Link className="back" href={listAddress(workspace)}>
        <Icon name="back" />
        Tasks
      </Link>
      <h1 tabIndex={-1}>New task</h1>
      <form ref={form} onSubmit={submit} noValidate>
        {failure && <Notice title={failure.title}>{failure.detail}</Notice>}
        {modelError !== undefined && (
          <Notice title="The task to begin with could not be read">{reasonOf(modelError)}</Notice>
        )}
        {field('repoRemote', 'Repository', 'https, ssh, or a path below a folder that the service allows.', {
          placeholder: 'https://github.com/acme/shop.git',
          list: KNOWN_PROJECTS,
        })}
        <KnownProjects
          projects={projects}
          chosen={values.repoRemote}
          onChoose={(repoRemote) => setValues({ ...values, repoRemote })}
        />
        <Field
          label="What is to be done"
          hint="The prompt for the agent."
          name="task"
          error={problemOf('task')}
        >
          {(props) => (
            <textarea
              {...props}
              name="task"
              rows={7}
              value={values.task}
              placeholder="fix: the login page forgets the language"
              onChange={(event) => setValues({ ...values, task: event.target.value })}
              onKeyDown={(event) => {
                if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) form.current?.requestSubmit();
              }}
            />
          )}
        </Field>
        <div className="option-grid">
          {field('providerId', 'Provider', 'Where the sandbox is made.', {
            ...DEFAULTED,
            list: PROVIDERS,
          })}
          {agents === null ? (
            field('agentType', 'Agent', 'Who does the work: mock, claude, codex, …', DEFAULTED)
          ) : (
            <Field label="Agent" hint="Who does the work." name="agentType" error={problemOf('agentType')}>
              {(props) => (
                <select
                  {...props}
                  name="agentType"
                  value={agents.includes(values.agentType) ? values.agentType : ''}
                  onChange={({ target }) => setValues({ ...values, agentType: target.value })}
                >
                  <option value="">{DEFAULTED.placeholder}</option>
                  {agents.map((agent) => (
                    <option key={agent}>{agent}</option>
                  ))}
                </select>
              )}
            </Field>
          )}
        </div>
        <datalist id={PROVIDERS}>
          {providers.map(({ providerId }) => (
            <option key={providerId} value={providerId} />
          ))}
        </datalist>
        <details
          className="options"
          open={optionsOpen}
          onToggle={(event) => setOptionsOpen(event.currentTarget.open)}
        >
          <summary>Options</summary>
          <div className="option-grid">
            {field('title', 'Title', 'Made from the prompt when empty.')}
            {field('branchName', 'Branch', 'Made from the title when empty.')}
            {field('onBranch', 'Start from', "The repository's default branch when empty.")}
            <Field
              label="Questions"
              hint="Who answers when the agent asks; can be changed later."
              name="permissionPolicy"
              error={problemOf('permissionPolicy')}
            >
              {(props) => (
                <select
                  {...props}
                  name="permissionPolicy"
                  value={values.permissionPolicy}
                  onChange={({ target }) => setValues({ ...values, permissionPolicy: target.value })}
                >
                  {Object.entries(POLICY).map(([id, name]) => (
                    <option key={id} value={id === 'ask' ? '' : id}>
                      {name}
                    </option>
                  ))}
                </select>
              )}
            </Field>
            {field('modeId', 'Mode', "One of the agent's modes; its own when empty.")}
            {field('model', 'Model', "One of the agent's models; its own when empty.")}
          </div>
        </details>
        <div className="form-end">
          <button type="submit" className="button primary large" disabled={busy}>
            {busy ? 'Creating…' : 'Create task'}
          </button>
          <span className="quiet">
            <kbd>Ctrl</kbd> <kbd>Enter</kbd>
          </span>
        </div>
      </form>
    </main>
  );
}
