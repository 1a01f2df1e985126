import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Provider } from 'oidc-provider';

/** What the provider tells of a person. */
export interface Person {
  readonly name?: string;
  readonly email?: string;
  readonly email_verified?: boolean;
  readonly groups?: readonly string[];
}

const SECRET = 'a-client-secret-that-nobody-may-see';
const CLIENT = 'slipway-under-test';

/** A real provider of OpenID Connect on loopback; who logs in says who they are, and is believed. */
export class LoginProvider {
  private handle: (request: IncomingMessage, response: ServerResponse) => void = (_, response) =>
    response.writeHead(503).end();
  private server!: Server;
  private port = 0;
  /** Authorization codes and what else came by in addresses. */
  readonly seen: string[] = [];

  private constructor(private readonly people: Readonly<Record<string, Person>>) {}

  static async start(people: Readonly<Record<string, Person>>): Promise<LoginProvider> {
    const provider = new LoginProvider(people);
    await provider.listen();
    return provider;
  }

  get issuer(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** What a service has to be started with. */
  get settings(): Record<string, string> {
    return {
      SLIPWAY_AUTH: 'oidc',
      SLIPWAY_OIDC_ISSUER: this.issuer,
      SLIPWAY_OIDC_CLIENT_ID: CLIENT,
      SLIPWAY_OIDC_CLIENT_SECRET: SECRET,
      SLIPWAY_OIDC_SCOPES: 'openid profile email groups',
      SLIPWAY_OIDC_NAME: 'Acme',
    };
  }

  get secret(): string {
    return SECRET;
  }

  /** Lets people go on to the services at these origins. */
  admit(...origins: string[]): void {
    const { people } = this;
    const provider = new Provider(this.issuer, {
      clients: [
        {
          client_id: CLIENT,
          client_secret: SECRET,
          redirect_uris: origins.map((origin) => `${origin}/auth/callback`),
          post_logout_redirect_uris: origins.map((origin) => `${origin}/`),
        },
      ],
      claims: {
        openid: ['sub'],
        profile: ['name'],
        email: ['email', 'email_verified'],
        groups: ['groups'],
      },
      cookies: { keys: ['a key of the tests'] },
      ttl: { Interaction: 600, Session: 600, Grant: 600, IdToken: 600, AccessToken: 600 },
      features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: true } },
      interactions: { url: (_, { uid }) => `/interaction/${uid}` },
      findAccount: (_, sub) => ({
        accountId: sub,
        claims: () => ({ sub, ...people[sub], groups: [...(people[sub]?.groups ?? [])] }),
      }),
      // What a client asks for is granted: nobody is asked here.
      loadExistingGrant: async (context) => {
        const { client, session, provider: self } = context.oidc;
        const grant = new self.Grant({ clientId: client!.clientId, accountId: session!.accountId });
        grant.addOIDCScope('openid profile email groups');
        await grant.save();
        return grant;
      },
    });
    const others = provider.callback();
    this.handle = (request, response) => {
      if (!request.url!.startsWith('/interaction/')) return void others(request, response);
      this.ask(provider, request, response).catch((error: unknown) =>
        response.writeHead(500).end(String(error)),
      );
    };
  }

  /** From now on nobody answers. */
  async goAway(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  async comeBack(): Promise<void> {
    await this.listen();
  }

  private async listen(): Promise<void> {
    this.server = createServer((request, response) => {
      this.seen.push(request.url ?? '');
      this.handle(request, response);
    });
    await new Promise<void>((resolve) => this.server.listen(this.port, '127.0.0.1', resolve));
    this.port = (this.server.address() as { port: number }).port;
  }

  private async ask(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'GET') {
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end(
        '<title>Acme</title><form method="post"><label>Name <input name="login"></label><button>Go on</button></form>',
      );
      return;
    }
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const accountId = new URLSearchParams(body).get('login') ?? '';
    await provider.interactionFinished(request, response, { login: { accountId } });
  }
}
