import { Global, Module } from '@nestjs/common';
import { AccessLogins } from './access-logins.js';
import { Audit } from './audit.js';
import { AccessTokens } from './access-tokens.js';
import { Access } from './access.js';
import { CredentialStream } from './credential-stream.js';
import { OidcClient } from './oidc-client.js';
import { Places } from './places.js';
import { RefusalRecord } from './refusal-record.js';
import { SocketAdmission } from './socket-admission.js';
import { TerminalRecord } from './terminal-record.js';
import { TicketRows } from './ticket-rows.js';
import { WorkspaceRates } from './workspace-rates.js';
import { WorkspaceLimits } from './workspace-limits.js';

/** Who gets in and what they may do, for every part that lets somebody in. */
@Global()
@Module({
  providers: [
    TicketRows,
    AccessTokens,
    AccessLogins,
    Access,
    OidcClient,
    Places,
    Audit,
    CredentialStream,
    RefusalRecord,
    SocketAdmission,
    TerminalRecord,
    WorkspaceLimits,
    WorkspaceRates,
  ],
  exports: [
    AccessTokens,
    AccessLogins,
    Access,
    OidcClient,
    Places,
    Audit,
    CredentialStream,
    RefusalRecord,
    SocketAdmission,
    TerminalRecord,
    WorkspaceLimits,
    WorkspaceRates,
  ],
})
export class AccessModule {}
