import type { Project, TaskCounts } from '@slipway/client';
import { useEffect, useState } from 'react';
import {
  ACTIVITY_FILTERS,
  isNarrowed,
  SINCE_FILTERS,
  STATUS_FILTERS,
  type Choice,
  type FilterName,
  type TaskFilter,
} from '../task/filter.js';
import { repositoryName } from '../task/vocabulary.js';

const TYPING_PAUSE_MS = 200;

interface ListFiltersProps {
  readonly filter: TaskFilter;
  /** How many tasks each choice would show, once that is known. */
  readonly counts: TaskCounts | undefined;
  readonly projects: readonly Project[];
  /** Puts a filter into the address; empty takes it out. */
  readonly onFilter: (name: FilterName, value: string) => void;
  readonly onClear: () => void;
  /** Begins to choose tasks for what is done with several at once; null where there is nothing to choose, or it has begun. */
  readonly onChooseSeveral: (() => void) | null;
}

/** What narrows the list, each with how many tasks it would show. */
export function ListFilters(props: ListFiltersProps) {
  const { filter, counts, projects, onFilter, onClear, onChooseSeveral } = props;
  const { status, text, activity, needsYou, project, agent, since } = filter;
  const countOf = (value: string): number | undefined =>
    counts?.statuses
      .filter((each) => value === '' || value.split(',').includes(each.status))
      .reduce((sum, { count }) => sum + count, 0);
  return (
    <div className="filters" role="search">
      <SearchField text={text ?? ''} onChange={(value) => onFilter('q', value)} />
      <div className="chips" role="group" aria-label="Status">
        {STATUS_FILTERS.map(({ label, value }) => (
          <Chip
            key={label}
            label={label}
            count={countOf(value)}
            isPressed={(status ?? '') === value}
            onPress={() => onFilter('status', value)}
          />
        ))}
        <Chip
          label="Needs you"
          count={counts?.needsYou}
          isPressed={needsYou}
          onPress={() => onFilter('needsYou', needsYou ? '' : 'true')}
        />
      </div>
      <div className="choices">
        <Select
          label="Repository"
          value={project}
          choices={[
            { label: 'Any repository', value: '' },
            ...projects.map(({ projectId, repoRemote }) => ({
              label: nameAmong(repoRemote, projects),
              value: projectId,
            })),
          ]}
          onChoose={(value) => onFilter('project', value)}
        />
        <Select
          label="Agent"
          value={agent}
          choices={[
            { label: 'Any agent', value: '' },
            ...(counts?.agents ?? []).map(({ agentType, count }) => ({
              label: `${agentType} (${count})`,
              value: agentType,
            })),
          ]}
          onChoose={(value) => onFilter('agent', value)}
        />
        <Select
          label="What they are doing"
          value={activity}
          choices={ACTIVITY_FILTERS}
          onChoose={(value) => onFilter('activity', value)}
        />
        <Select
          label="Created"
          value={since}
          choices={SINCE_FILTERS}
          onChoose={(value) => onFilter('since', value)}
        />
        {isNarrowed(filter) && (
          <button type="button" className="button small" onClick={onClear}>
            Clear
          </button>
        )}
        {onChooseSeveral !== null && (
          <button type="button" className="button small" onClick={onChooseSeveral}>
            Choose several
          </button>
        )}
        {counts !== undefined && (
          <span className="quiet count" role="status">
            {counts.total} {counts.total === 1 ? 'task' : 'tasks'}
          </span>
        )}
      </div>
    </div>
  );
}

/** Two repositories that would be called the same are told apart by all of their addresses. */
function nameAmong(remote: string, projects: readonly Project[]): string {
  const name = repositoryName(remote);
  const isAlone = projects.filter((each) => repositoryName(each.repoRemote) === name).length < 2;
  return isAlone ? name : remote;
}

interface ChipProps {
  readonly label: string;
  readonly count: number | undefined;
  readonly isPressed: boolean;
  readonly onPress: () => void;
}

const Chip = ({ label, count, isPressed, onPress }: ChipProps) => (
  <button type="button" className="chip" aria-pressed={isPressed} onClick={onPress}>
    {label}
    {count !== undefined && (
      <>
        {' '}
        <span className="chip-count">{count}</span>
      </>
    )}
  </button>
);

interface SelectProps {
  readonly label: string;
  readonly value: string | null;
  readonly choices: readonly Choice[];
  readonly onChoose: (value: string) => void;
}

/** What stands in the address and is none of the choices is shown as it stands there. */
const Select = ({ label, value, choices, onChoose }: SelectProps) => (
  <label className="choice">
    <span className="visually-hidden">{label}</span>
    <select value={value ?? ''} onChange={({ target }) => onChoose(target.value)}>
      {choices.map((choice) => (
        <option key={choice.value} value={choice.value}>
          {choice.label}
        </option>
      ))}
      {!choices.some((choice) => choice.value === (value ?? '')) && (
        <option value={value ?? ''}>{value}</option>
      )}
    </select>
  </label>
);

function SearchField({ text, onChange }: { text: string; onChange: (text: string) => void }) {
  const [typed, setTyped] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => typed.trim() !== text && onChange(typed.trim()), TYPING_PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  // Taken out of the address by somebody else, such as Clear.
  useEffect(() => {
    if (typed.trim() !== text) setTyped(text);
  }, [text]);
  return (
    <label className="field inline grow">
      <span className="visually-hidden">Find by text</span>
      <input
        type="search"
        data-shortcut="search"
        placeholder="Find by title, prompt, repository, branch or id"
        value={typed}
        maxLength={200}
        onChange={(event) => setTyped(event.target.value)}
      />
    </label>
  );
}
