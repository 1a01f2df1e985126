import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { until } from './until.js';

const SSHD = ['/usr/sbin/sshd', '/usr/local/sbin/sshd'].find(existsSync);

/** Debian's ssh server on loopback, as the user who runs the tests; it takes one key and nothing else. */
export class SshHost {
  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    readonly port: number,
  ) {}

  static async start(): Promise<SshHost> {
    if (SSHD === undefined)
      throw new Error('sshd is not there: apt-get install openssh-server (.ci/run does)');
    const folder = mkdtempSync(join(tmpdir(), 'slipway-ssh-host-'));
    const key = (name: string) => {
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', join(folder, name)]);
    };
    ['host', 'user', 'stranger'].forEach(key);
    writeFileSync(join(folder, 'authorized_keys'), readFileSync(join(folder, 'user.pub')));
    chmodSync(join(folder, 'authorized_keys'), 0o600);
    const port = await freePort();
    const config = [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${join(folder, 'host')}`,
      `AuthorizedKeysFile ${join(folder, 'authorized_keys')}`,
      `PidFile ${join(folder, 'pid')}`,
      'StrictModes no',
      'UsePAM no',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'PermitRootLogin prohibit-password',
      'AcceptEnv GIT_PROTOCOL',
    ];
    writeFileSync(join(folder, 'config'), `${config.join('\n')}\n`);
    // Where Debian's server wants its empty folder.
    if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true });
    const child = spawn(SSHD, ['-D', '-e', '-f', join(folder, 'config')], { stdio: 'ignore' });
    const host = new SshHost(child, folder, port);
    await until('the ssh server to listen', 15_000, () => canConnect(port));
    return host;
  }

  /** As credentials name it. */
  get name(): string {
    return `127.0.0.1:${this.port}`;
  }

  remote(path: string): string {
    return `ssh://${userInfo().username}@${this.name}${path}`;
  }

  privateKey(of: 'user' | 'stranger' = 'user'): string {
    return readFileSync(join(this.folder, of), 'utf8');
  }

  get knownHosts(): string {
    return `[127.0.0.1]:${this.port} ${readFileSync(join(this.folder, 'host.pub'), 'utf8')}`;
  }

  /** Those of a host with another key: somebody in the middle. */
  get foreignKnownHosts(): string {
    return `[127.0.0.1]:${this.port} ${readFileSync(join(this.folder, 'stranger.pub'), 'utf8')}`;
  }

  fingerprint(): string {
    const line = execFileSync('ssh-keygen', ['-l', '-f', join(this.folder, 'user.pub')], {
      encoding: 'utf8',
    });
    return line.split(' ')[1]!;
  }

  stop(): void {
    this.child.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const canConnect = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
