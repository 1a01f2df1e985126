import { describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CREDENTIAL_HOST, credentialProblem, keyFingerprint } from './credential.js';
import { SealBrokenError, SecretBox } from '../../platform/secret-box.js';
import { keyOf, secretKey } from './secret-key.js';

const folder = () => mkdtempSync(join(tmpdir(), 'slipway-secret-'));

describe('what is sealed', () => {
  const box = new SecretBox(randomBytes(32));
  it('opens for the place it was sealed for, and is another text each time', () => {
    const [one, two] = [box.seal('geheim ✓', 'a'), box.seal('geheim ✓', 'a')];
    expect(box.open(one, 'a')).toBe('geheim ✓');
    expect(one).not.toEqual(two);
    expect(one.includes('geheim')).toBe(false);
  });
  it('does not open elsewhere, with another key, or when a bit of it was changed', () => {
    const sealed = box.seal('secret', 'a');
    expect(() => box.open(sealed, 'b')).toThrow(SealBrokenError);
    expect(() => new SecretBox(randomBytes(32)).open(sealed, 'a')).toThrow(SealBrokenError);
    for (let at = 0; at < sealed.length; at++) {
      const changed = Buffer.from(sealed);
      changed[at]! ^= 1;
      expect(() => box.open(changed, 'a')).toThrow(SealBrokenError);
    }
    expect(() => box.open(sealed.subarray(0, 10), 'a')).toThrow(SealBrokenError);
  });
  it('has a fingerprint that only the holder of the key can make', () => {
    expect(box.fingerprint('t')).toBe(box.fingerprint('t'));
    expect(box.fingerprint('t')).not.toBe(new SecretBox(randomBytes(32)).fingerprint('t'));
  });
});

describe('the key', () => {
  it('is that of the setting, in either spelling', () => {
    const key = randomBytes(32);
    for (const text of [key.toString('hex'), key.toString('base64'), ` ${key.toString('hex')}\n`])
      expect(keyOf(text)).toEqual(key);
    for (const text of ['', 'short', 'g'.repeat(64), randomBytes(31).toString('hex')])
      expect(keyOf(text)).toBeNull();
  });
  it('is made once, in a file that only its owner reads, whoever comes first', async () => {
    const dir = folder();
    const keys = await Promise.all(Array.from({ length: 8 }, () => secretKey(dir, undefined)));
    for (const key of keys) expect(key).toEqual(keys[0]);
    expect(await secretKey(dir, undefined)).toEqual(keys[0]);
    expect(statSync(join(dir, 'secret.key')).mode & 0o777).toBe(0o600);
    rmSync(dir, { recursive: true });
  });
  it('is not made anew over a file that holds none', async () => {
    const dir = folder();
    writeFileSync(join(dir, 'secret.key'), 'damaged');
    await expect(secretKey(dir, undefined)).rejects.toThrow('holds no key');
    expect(readFileSync(join(dir, 'secret.key'), 'utf8')).toBe('damaged');
    rmSync(dir, { recursive: true });
  });
});

describe('a credential', () => {
  const dir = folder();
  const made = (name: string, ...more: string[]): string => {
    execFileSync('ssh-keygen', ['-q', '-C', 'x', '-f', join(dir, name), ...more]);
    return readFileSync(join(dir, name), 'utf8');
  };
  const ssh = (privateKey: string, knownHosts = 'h.example ssh-ed25519 AAAA') =>
    credentialProblem({ kind: 'ssh', privateKey, knownHosts });

  it('is a token without line ends or blanks', () => {
    const https = (token: string, username = 'git') => credentialProblem({ kind: 'https', username, token });
    expect(https('ghp_abc')).toBeNull();
    for (const token of ['', 'a b', 'a\nb', 'a\0', 'ü', 'a'.repeat(8_193)])
      expect(https(token)?.field).toBe('token');
    for (const name of ['', 'a b', 'a\n']) expect(https('t', name)?.field).toBe('username');
  });
  it('is a key without a passphrase, told by the fingerprint that ssh-keygen prints', () => {
    const key = made('ed', '-t', 'ed25519', '-N', '');
    expect(ssh(key)).toBeNull();
    const printed = execFileSync('ssh-keygen', ['-l', '-f', join(dir, 'ed')], { encoding: 'utf8' });
    expect(keyFingerprint(key)).toBe(printed.split(' ')[1]);
    const pem = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    expect(ssh(pem.export({ type: 'pkcs1', format: 'pem' }) as string)).toBeNull();
    expect(ssh(made('locked', '-t', 'ed25519', '-N', 'words'))?.message).toContain('passphrase');
    const locked = pem.export({
      type: 'pkcs8',
      format: 'pem',
      cipher: 'aes-256-cbc',
      passphrase: 'w',
    }) as string;
    expect(ssh(locked)?.message).toContain('passphrase');
    expect(ssh('-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----')?.field).toBe(
      'privateKey',
    );
    expect(ssh(key, '')?.message).toContain('ssh-keyscan');
  });
  it('is for a host, with its port', () => {
    const host = new RegExp(`^${CREDENTIAL_HOST}$`);
    for (const name of ['github.com', 'git.example.com:8443', 'localhost', '[::1]:22', 'a'])
      expect(name).toMatch(host);
    for (const name of ['', 'a/b', 'a b', '-a', 'A.example', 'a:0', 'a:b', 'u@h', '[x]', 'a:123456'])
      expect(name).not.toMatch(host);
  });
});
