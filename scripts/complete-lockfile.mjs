// npm leaves an optional platform binary out of package-lock.json when the registry does not
// serve it, and a later `npm ci` then stops with "Missing … from lock file". Run this after every
// `npm install` that changes the lockfile: it adds a placeholder (version, os, cpu, optional) for
// each one that is missing, so that the lockfile is complete for every platform.
import { readFileSync, writeFileSync } from 'node:fs';

const file = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(file, 'utf8'));
const packages = lock.packages;

const resolves = (from, name) => {
  const segments = from.split('/node_modules/');
  for (let depth = segments.length; depth > 0; depth--) {
    if (packages[`${segments.slice(0, depth).join('/node_modules/')}/node_modules/${name}`]) return true;
  }
  return Boolean(packages[`node_modules/${name}`]);
};

const SYSTEMS = {
  darwin: 'darwin',
  linux: 'linux',
  win32: 'win32',
  windows: 'win32',
  freebsd: 'freebsd',
  android: 'android',
  openharmony: 'openharmony',
};
const platformOf = (name) => {
  const words = name.split('/').pop().split('-');
  const os = words.map((word) => SYSTEMS[word]).find(Boolean);
  const cpu = words.find((word) => /^(x64|arm64|arm|ia32|ppc64|s390x|riscv64|loong64|wasm32)$/.test(word));
  return { ...(os && { os: [os] }), ...(cpu && { cpu: [cpu] }) };
};

let added = 0;
for (const [from, entry] of Object.entries(packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    if (resolves(from, name) || !/^\d/.test(version)) continue;
    packages[`node_modules/${name}`] = {
      version,
      ...(entry.dev && { dev: true }),
      ...platformOf(name),
      optional: true,
    };
    added++;
  }
}
lock.packages = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`package-lock.json: ${added} placeholder${added === 1 ? '' : 's'} added`);
