import { FormatRegistry } from '@sinclair/typebox';
import { isIP } from 'node:net';
import { isAbsolute } from 'node:path';

/** Formats of text that no pattern tells, for TypeBox's `format`. */
const FORMATS = {
  'absolute-path': isAbsolute,
  'address-range': isAddressRange,
  'host-name-or-range': (text: string) => isDottedName(text) || isAddressRange(text),
  'database-url': isDatabaseUrl,
} satisfies Record<string, (text: string) => boolean>;

for (const [name, test] of Object.entries(FORMATS)) FormatRegistry.Set(name, test);

/** The rule of a text that has the format. */
export const ofFormat = (format: keyof typeof FORMATS): { readonly format: string } => ({ format });

/** An address, or a CIDR range: `10.0.0.5`, `172.16.0.0/12`, `fd00::/8`. */
function isAddressRange(given: string): boolean {
  const [, address = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(given) ?? [];
  const family = isIP(address);
  return family !== 0 && Number(bits ?? 0) <= (family === 4 ? 32 : 128);
}

function isDottedName(given: string): boolean {
  return /^[a-z_][a-z0-9_.-]*\.[a-z0-9_.-]*[a-z]$|^localhost$/i.test(given);
}

/** A password with a `#`, `/` or `@` of its own makes another address of it, or none. */
function isDatabaseUrl(url: string): boolean {
  if (!/^postgres(ql)?:\/\/\S+$/.test(url) || !URL.canParse(url)) return false;
  const { hostname, hash, searchParams } = new URL(url);
  return hash === '' && (hostname !== '' || searchParams.has('host'));
}
