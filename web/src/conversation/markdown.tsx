import { memo } from 'react';
import Markdown, { type Components } from 'react-markdown';
import rehypeHighlight from 'rehype-highlight';
import remarkGfm from 'remark-gfm';
import { Away } from '../ui/away.js';

/*
 * What an agent writes is Markdown and nothing else: HTML in it is text, addresses other than those of pages and mail lead
 * nowhere, and nothing is fetched because of it. The headings begin below those of the page.
 */

const COMPONENTS: Components = {
  h1: 'h3',
  h2: 'h4',
  h3: 'h5',
  h4: 'h6',
  h5: 'h6',
  a: ({ href, children }) => <Away href={href ?? null}>{children}</Away>,
  img: ({ src, alt }) => <Away href={typeof src === 'string' ? src : null}>{alt || 'image'}</Away>,
  // What is wider than the page scrolls by itself, also by keyboard.
  pre: ({ children }) => (
    <pre tabIndex={0} dir="ltr">
      {children}
    </pre>
  ),
  table: ({ children }) => (
    <div className="wide" tabIndex={0} role="group" aria-label="Table">
      <table>{children}</table>
    </div>
  ),
  input: ({ checked }) => <span>{checked ? '☑' : '☐'} </span>,
};

const REMARK = [remarkGfm];
const REHYPE = [rehypeHighlight];

/** Markdown as elements. Loaded when the first message is shown. */
export default memo(function MarkdownText({ text }: { text: string }) {
  return (
    <Markdown components={COMPONENTS} remarkPlugins={REMARK} rehypePlugins={REHYPE}>
      {text}
    </Markdown>
  );
});
