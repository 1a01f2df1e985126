/** The oldest Node that can run Slipway; package.json says the same to npm. */
const OLDEST = [20, 19] as const;

/** What to do about a Node that is too old, in a line; undefined for one that will do. Imports nothing: an old Node runs it. */
export function complaintAboutNode(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return undefined;
  return `Node ${version} is too old: Slipway needs ${OLDEST.join('.')} or later (24 is recommended). See https://nodejs.org/`;
}
