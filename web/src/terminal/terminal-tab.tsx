import { lazy, Suspense, useState } from 'react';
import { Otherwise } from '../conversation/rich-text.js';
import { Notice } from '../ui/notice.js';

const TerminalView = lazy(() => import('./terminal-view.js'));

/** A shell in the task's sandbox, opened when somebody asks for it; it goes on while another tab is shown. */
export function TerminalTab({ taskId }: { readonly taskId: string }) {
  const [isOpen, setOpen] = useState(false);
  const [ended, setEnded] = useState<string | null>(null);
  if (isOpen)
    return (
      <Otherwise show={<p>The terminal could not be loaded. Load the page again.</p>}>
        <Suspense fallback={<p className="quiet">Loading the terminal …</p>}>
          <TerminalView
            taskId={taskId}
            onEnd={(reason) => {
              setOpen(false);
              setEnded(reason);
            }}
          />
        </Suspense>
        <button type="button" className="button small" onClick={() => setOpen(false)}>
          Close the shell
        </button>
      </Otherwise>
    );
  return (
    <>
      {ended !== null && <Notice title="The shell is over">{ended}</Notice>}
      <p>A shell in the sandbox of this task: as its agent runs, in its checkout.</p>
      <button
        type="button"
        className="button primary"
        onClick={() => {
          setEnded(null);
          setOpen(true);
        }}
      >
        Open a shell
      </button>
    </>
  );
}
