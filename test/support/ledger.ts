import { existsSync, readFileSync } from 'node:fs';

/** Executions of stages as the simulated provider's ledger tells them: `<taskId> <stage 0 to 3>` → how often. */
export function executions(ledger: string): Map<string, number> {
  const counts = new Map<string, number>();
  if (!existsSync(ledger)) return counts;
  for (const line of readFileSync(ledger, 'utf8').split('\n')) {
    const [taskId, stage] = line.split(' ');
    if (stage === undefined) continue;
    const key = `${taskId} ${stage}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

/** The stages that were executed more than once. */
export const doubled = (ledger: string): string[] =>
  [...executions(ledger)].filter(([, count]) => count > 1).map(([key, count]) => `${key} ×${count}`);
