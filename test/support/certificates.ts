import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Certificate {
  /** The files, in PEM. */
  readonly cert: string;
  readonly key: string;
}

/** An authority of the test's own, which certifies whatever it is asked to. */
export class Authority {
  readonly folder = mkdtempSync(join(tmpdir(), 'slipway-authority-'));
  private made = 0;

  constructor() {
    chmodSync(this.folder, 0o755);
    this.run(
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      '2',
      '-subj',
      '/CN=authority of a test',
      '-keyout',
      this.file('ca.key'),
      '-out',
      this.ca,
    );
  }

  /** The file with its own certificate. */
  get ca(): string {
    return this.file('ca.pem');
  }

  get pem(): string {
    return readFileSync(this.ca, 'utf8');
  }

  /** @param names as a certificate has them: `DNS:localhost,IP:127.0.0.1` */
  certify(names: string): Certificate {
    const [cert, key, request, extensions] = ['pem', 'key', 'csr', 'ext'].map((end) =>
      this.file(`${this.made}.${end}`),
    ) as [string, string, string, string];
    this.made++;
    writeFileSync(extensions, `subjectAltName=${names}\n`);
    this.run(
      'req',
      '-new',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-subj',
      '/CN=of a test',
      '-keyout',
      key,
      '-out',
      request,
    );
    this.run(
      'x509',
      '-req',
      '-in',
      request,
      '-CA',
      this.ca,
      '-CAkey',
      this.file('ca.key'),
      '-CAcreateserial',
      '-days',
      '2',
      '-extfile',
      extensions,
      '-out',
      cert,
    );
    writeFileSync(cert, `${readFileSync(cert, 'utf8')}${this.pem}`);
    chmodSync(key, 0o600);
    return { cert, key };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private file(name: string): string {
    return join(this.folder, name);
  }

  private run(...args: string[]): void {
    execFileSync('openssl', args, { stdio: 'ignore' });
  }
}
