import { patiently } from '../../support/until.js';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

/** A page of the workbench, and what went on around it. */
export interface Workbench {
  readonly page: Page;
  /** What went wrong in the page: errors thrown, errors in the console. */
  readonly problems: string[];
  /** Addresses asked for since the page was opened, sockets not counted. */
  readonly requests: string[];
  /** WebSockets opened. */
  readonly sockets: string[];
  close(): Promise<void>;
}

/** Opens an address of the workbench in a window of its own. */
export async function openWorkbench(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Workbench> {
  const context = await browser.newContext({ viewport: { width: 1240, height: 860 }, ...options });
  const page = await context.newPage();
  const problems: string[] = [];
  const requests: string[] = [];
  const sockets: string[] = [];
  page.on('pageerror', (error) => problems.push(error.stack ?? error.message));
  page.on('console', (message) => {
    // Answers that are no success are told to the console too; those are looked at where they are meant to come.
    if (message.type() === 'error' && !/Failed to load resource|WebSocket connection/.test(message.text()))
      problems.push(message.text());
  });
  page.on('request', (request) => requests.push(`${request.method()} ${request.url()}`));
  page.on('websocket', (socket) => sockets.push(socket.url()));
  page.setDefaultTimeout(patiently(15_000));
  await page.goto(url);
  return { page, problems, requests, sockets, close: () => context.close() };
}

// What runs in the page is text: its types are not those of the tests.
const NOTE_STATUSES = `
  globalThis.seenStatuses = [];
  const note = () => {
    const text = document.querySelector('.status-line .badge')?.textContent ?? '';
    if (text !== '' && seenStatuses.at(-1) !== text) seenStatuses.push(text);
  };
  note();
  new MutationObserver(note).observe(document.body, { subtree: true, childList: true, characterData: true });
`;
const SUM_OF_SHIFTS = `new Promise((resolve) => {
  let sum = 0;
  new PerformanceObserver((list) => {
    for (const { value, hadRecentInput } of list.getEntries()) if (!hadRecentInput) sum += value;
  }).observe({ type: 'layout-shift', buffered: true });
  requestAnimationFrame(() => setTimeout(() => resolve(sum), 100));
})`;

/** Notes every status that the task page shows from now on, for as long as the page is not loaded again. */
export async function noteStatuses(page: Page): Promise<() => Promise<string[]>> {
  await page.waitForSelector('.status-line .badge');
  await page.evaluate(NOTE_STATUSES);
  return () => page.evaluate<string[]>('seenStatuses');
}

/** How much the page's layout has moved by itself (cumulative layout shift), from its start. */
export const layoutShift = (page: Page): Promise<number> => page.evaluate<number>(SUM_OF_SHIFTS);

export const REMOTE = 'https://git.example.com/acme/shop.git';

/** Fills in the form of a new task and presses Create. */
export async function createTask(page: Page, prompt: string): Promise<void> {
  await page.getByLabel('Repository').fill(REMOTE);
  await page.getByLabel('What is to be done').fill(prompt);
  await page.getByRole('button', { name: 'Create task' }).click();
}

/** One of the task's own buttons: Retry, Archive, Kill. */
export const action = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

/** Waits until the task page shows the status. */
export const showsStatus = (page: Page, label: string, timeout?: number) =>
  page.locator('.status-line .badge', { hasText: new RegExp(`^${label}$`) }).waitFor({ timeout });

export const taskIdOf = (page: Page): string => new URL(page.url()).pathname.split('/').at(-1)!;
