import { Injectable } from '@nestjs/common';
import { within } from './within.js';

/** The outcome of one check; `detail` says what is missing. */
export interface Check {
  readonly ok: boolean;
  readonly detail: string;
}

/** How long a check may take before it counts as failed, in milliseconds. */
const LIMIT_MS = 2_500;

/** Gathers what has to work before this process can do its work; whoever brings a part registers its check. */
@Injectable()
export class Readiness {
  private readonly checks = new Map<string, () => Promise<Check> | Check>();

  register(name: string, check: () => Promise<Check> | Check): void {
    this.checks.set(name, check);
  }

  /** Runs all checks at once. Never rejects. */
  async check(): Promise<Record<string, Check>> {
    const results = await Promise.all(
      [...this.checks].map(async ([name, check]) => [name, await bounded(check)] as const),
    );
    return Object.fromEntries(results);
  }
}

async function bounded(check: () => Promise<Check> | Check): Promise<Check> {
  try {
    return await within(LIMIT_MS, Promise.resolve(check()), () => ({
      ok: false,
      detail: `no answer within ${LIMIT_MS / 1_000} s`,
    }));
  } catch (error) {
    return { ok: false, detail: error instanceof Error ? error.message : String(error) };
  }
}
