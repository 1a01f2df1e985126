import type { Terminal as Shell } from '@slipway/client';
import { FitAddon } from '@xterm/addon-fit';
import { Terminal } from '@xterm/xterm';
import '@xterm/xterm/css/xterm.css';
import { useEffect, useRef } from 'react';
import { api, reasonOf } from '../api/api.js';
import { openWith, terminalDocument } from './styles-of-terminals.js';

const SCROLLBACK = 5_000;

/**
 * A shell in the task's sandbox. What it puts out may be anything: it moves the cursor and colours letters, and does nothing to the
 * page. There are no links to open, no clipboard to write and no title to set.
 * @param onEnd told why, when it is over or could not be opened
 */
export default function TerminalView({
  taskId,
  onEnd,
}: {
  readonly taskId: string;
  readonly onEnd: (reason: string) => void;
}) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = box.current!;
    const styled = terminalDocument();
    const screen = new Terminal({
      scrollback: SCROLLBACK,
      fontFamily: getComputedStyle(element).fontFamily,
      fontSize: 13,
      // A link in the output leads nowhere.
      linkHandler: { activate: () => undefined },
      documentOverride: styled,
      screenReaderMode: true,
    });
    const fit = new FitAddon();
    screen.loadAddon(fit);
    openWith(styled, screen, element);
    fit.fit();
    screen.focus();
    let shell: Shell | undefined;
    let isGone = false;
    const over = (reason: string) => {
      if (!isGone) onEnd(reason);
    };
    api
      .openTerminal(
        taskId,
        { cols: screen.cols, rows: screen.rows },
        {
          output: (bytes) => new Promise((resolve) => screen.write(bytes, resolve)),
          ended: ({ exitCode, reason }) =>
            over(exitCode === null ? reason : `the shell ended with exit code ${exitCode}`),
        },
      )
      .then(
        (opened) => {
          if (isGone) return opened.close();
          shell = opened;
          screen.onData((text) => opened.write(text));
          screen.onResize((size) => opened.resize(size));
        },
        (error: unknown) => over(reasonOf(error)),
      );
    const observer = new ResizeObserver(() => {
      // Behind another tab it has no size to fit to.
      if (element.clientWidth > 0) fit.fit();
    });
    observer.observe(element);
    return () => {
      isGone = true;
      observer.disconnect();
      shell?.close();
      screen.dispose();
    };
  }, [taskId]);
  return <div ref={box} className="shell-screen" />;
}
