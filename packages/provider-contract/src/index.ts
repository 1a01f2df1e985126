export { type OpenProvider } from './bench.js';
export * from './contracted-provider.js';
export { moduleProvider } from './provider-module.js';
export type { ContractCase } from './contract-case.js';
export { providerContract, type ContractOptions, type ProviderContract } from './provider-contract.js';
