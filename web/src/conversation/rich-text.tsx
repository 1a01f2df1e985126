import { Component, lazy, Suspense, useDeferredValue, type ReactNode } from 'react';

const MarkdownText = lazy(() => import('./markdown.js'));

/** Beyond this, in characters, a text is shown as it is: reading it as Markdown would hold the page up. */
const MOST_MARKDOWN = 200_000;

/** A text of the agent: as Markdown once that can be shown, as it stands until then and where it cannot. */
export function RichText({ text }: { text: string }) {
  const shown = useDeferredValue(text);
  const plain = (
    <div className="plain" dir="auto">
      {shown}
    </div>
  );
  if (shown.length > MOST_MARKDOWN) return plain;
  return (
    <Otherwise show={plain}>
      <Suspense fallback={plain}>
        <div className="markdown" dir="auto">
          <MarkdownText text={shown} />
        </div>
      </Suspense>
    </Otherwise>
  );
}

/** Shows something else in place of what cannot be loaded or shown. */
export class Otherwise extends Component<{ show: ReactNode; children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override render(): ReactNode {
    return this.state.failed ? this.props.show : this.props.children;
  }
}
