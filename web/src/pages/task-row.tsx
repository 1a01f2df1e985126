import type { TaskRecord } from '@slipway/client';
import { memo } from 'react';
import { Link } from '../router.js';
import { StageBar } from '../task/stage-bar.js';
import { repositoryName, titleOf } from '../task/vocabulary.js';
import { TaskBadge } from '../ui/badge.js';
import { Icon } from '../ui/icon.js';
import { shortcutOf } from '../ui/shortcuts.js';

interface TaskRowProps {
  readonly task: TaskRecord;
  readonly age: string;
  /** Null as long as nothing is to be chosen. */
  readonly isChosen: boolean | null;
  readonly onChoose: (taskId: string, isChosen: boolean) => void;
}

/** A task in the list and, where several are to be chosen, the box that does. */
export const TaskRow = memo(function TaskRow({ task, age, isChosen, onChoose }: TaskRowProps) {
  return (
    <li className="task-item" data-needs-you={task.needsYou}>
      {isChosen !== null && (
        <label className="choose">
          <input
            type="checkbox"
            checked={isChosen}
            onChange={({ target }) => onChoose(task.taskId, target.checked)}
          />
          <span className="visually-hidden">Choose {titleOf(task)}</span>
        </label>
      )}
      <Link
        className="task-row"
        href={`/tasks/${task.taskId}`}
        data-shortcut="task"
        onKeyDown={(event) => {
          if (shortcutOf(event.nativeEvent) === 'choose') onChoose(task.taskId, isChosen !== true);
        }}
      >
        <span className="task-title" dir="auto">
          {task.needsYou && <span className="visually-hidden">Needs you: </span>}
          {titleOf(task)}
        </span>
        <span className="task-where">
          <span className="repo">{repositoryName(task.repoRemote)}</span>
          <span className="branch">
            <Icon name="branch" />
            {task.branchName ?? <span className="none">no branch yet</span>}
          </span>
        </span>
        <TaskBadge task={task} />
        <StageBar task={task} />
        <time className="age" dateTime={task.createdAt} title={new Date(task.createdAt).toLocaleString()}>
          {age}
        </time>
      </Link>
    </li>
  );
});
