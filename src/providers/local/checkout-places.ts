import type { CheckoutPlace } from '../../repository/checkout-place.js';
import type { CheckoutDone } from './checkout.js';
import type { MirrorPlace } from './mirror-place.js';
import type { SandboxFiles } from './sandbox-files.js';

/** Where a checkout lies, and what of it is known from outside. */
export const checkoutPlace = (
  files: SandboxFiles,
  { commit, remote }: CheckoutDone,
  mirror: MirrorPlace,
  branch: string,
): CheckoutPlace => ({
  folder: files.checkout,
  root: files.root,
  ownGitDir: files.own,
  borrows: [mirror.path],
  start: commit,
  upstream: commit,
  remote,
  branch,
});
