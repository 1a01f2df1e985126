/** A promise of the contract. */
export interface ContractCase {
  /** To be read after "the provider". */
  readonly name: string;
  /** Resolves where the promise is kept; rejects with an `AssertionError`, or whatever else went wrong. */
  run(): Promise<void>;
}
