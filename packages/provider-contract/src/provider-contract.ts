import { Bench, type OpenProvider } from './bench.js';
import type { ContractCase } from './contract-case.js';
import { endingCases } from './ending-cases.js';
import { makingCases } from './making-cases.js';
import { sessionCases } from './session-cases.js';

export interface ProviderContract {
  /** In any order, one at a time. */
  readonly cases: readonly ContractCase[];
  /** Destroys every sandbox that the provider lists and removes the folder. To be called at the end, whatever failed. */
  end(): Promise<void>;
}

export interface ContractOptions {
  /** What is cloned; a repository in a folder of this machine when absent, for which git has to be here. */
  readonly repoRemote?: string;
  /** An agent that answers every prompt by itself; `mock` by default. */
  readonly agentType?: string;
}

/**
 * The promises that every provider keeps, for a test runner of your choice.
 * @param open called for each provider that a case needs, always with the same folder, which the contract makes
 */
export function providerContract(open: OpenProvider, options: ContractOptions = {}): ProviderContract {
  const bench = new Bench(open, options.repoRemote, options.agentType ?? 'mock');
  return {
    cases: [...makingCases(bench), ...sessionCases(bench), ...endingCases(bench)],
    end: () => bench.clear(),
  };
}
