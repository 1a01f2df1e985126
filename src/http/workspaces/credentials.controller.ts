import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  HttpStatus,
  Inject,
  NotFoundException,
  Param,
  Put,
  Query,
  type PipeTransform,
} from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiNotFoundResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiServiceUnavailableResponse,
  ApiTags,
} from '@nestjs/swagger';
import { CredentialStream } from '../../access/credential-stream.js';
import { InvalidRequestError } from '../../commands/command-refused.js';
import { whole, WORKSPACE_ID } from '../../platform/text-rules.js';
import {
  CREDENTIAL_HOST,
  credentialProblem,
  type Credential,
  type CredentialKind,
} from '../../repository/credentials/credential.js';
import { Credentials } from '../../repository/credentials/credentials.js';
import { ProblemDto } from '../tasks/task-record.dto.js';
import {
  CredentialDto,
  CredentialListDto,
  DeleteCredentialDto,
  PutCredentialDto,
} from './credentials.dto.js';
import { currentCaller } from '../access/caller.js';
import { Needs } from '../access/needs.js';
import { checkedPart, workspaceIdPipe as workspaceId } from './workspace-id.js';

const HOST = new RegExp(whole(CREDENTIAL_HOST));

const HOST_RULE = checkedPart('host', HOST, 'a host such as github.com or git.example.com:8443');
/** The standard port is that of no port. */
const host: PipeTransform<string, string> = {
  transform: (value, metadata) =>
    (HOST_RULE.transform(value.toLowerCase(), metadata) as string).replace(/:(443|22)$/, ''),
};

@ApiTags('workspaces')
@ApiBadRequestResponse({ type: ProblemDto })
@ApiServiceUnavailableResponse({ type: ProblemDto, description: 'See Retry-After.' })
@ApiParam({ name: 'workspaceId', schema: { type: 'string', pattern: whole(WORKSPACE_ID) } })
@Controller('v1/workspaces/:workspaceId/credentials')
export class CredentialsController {
  constructor(
    @Inject(Credentials) private readonly credentials: Credentials,
    @Inject(CredentialStream) private readonly changes: CredentialStream,
  ) {}

  @Needs('manage', 'workspace')
  @Get()
  @ApiOperation({ summary: 'The credentials for git hosts that a workspace has, without what is secret.' })
  @ApiOkResponse({ type: CredentialListDto })
  async list(@Param('workspaceId', workspaceId) workspace: string): Promise<CredentialListDto> {
    return { items: await this.credentials.list(workspace) };
  }

  @Needs('manage', 'workspace')
  @Get(':host')
  @ApiOperation({ summary: 'Those for one host: at most one of each kind.' })
  @ApiOkResponse({ type: CredentialListDto })
  async get(
    @Param('workspaceId', workspaceId) workspace: string,
    @Param('host', host) name: string,
  ): Promise<CredentialListDto> {
    return { items: await this.credentials.list(workspace, name) };
  }

  @Needs('manage', 'workspace')
  @Put(':host')
  @ApiOperation({
    summary: 'Give the workspace a credential for a git host, in place of the one of that kind.',
  })
  @ApiOkResponse({ type: CredentialDto })
  async put(
    @Param('workspaceId', workspaceId) workspace: string,
    @Param('host', host) name: string,
    @Body() body: PutCredentialDto,
  ): Promise<CredentialDto> {
    const credential = credentialOf(body);
    const problem = credentialProblem(credential);
    if (problem !== null) throw new InvalidRequestError([problem]);
    const { kind } = credential;
    const told = { type: 'CredentialSet', data: { workspaceId: workspace, host: name, kind } } as const;
    await this.changes.tell(told, currentCaller());
    return this.credentials.set(workspace, name, credential);
  }

  @Needs('manage', 'workspace')
  @Delete(':host')
  @HttpCode(HttpStatus.NO_CONTENT)
  @ApiOperation({ summary: 'Delete a credential for good.' })
  @ApiNoContentResponse()
  @ApiNotFoundResponse({ type: ProblemDto })
  async delete(
    @Param('workspaceId', workspaceId) workspace: string,
    @Param('host', host) name: string,
    @Query() { kind }: DeleteCredentialDto,
  ): Promise<void> {
    const data = { workspaceId: workspace, host: name, ...(kind !== undefined && { kind }) };
    await this.changes.tell({ type: 'CredentialDeleted', data }, currentCaller());
    if (await this.credentials.delete(workspace, name, kind)) return;
    throw new NotFoundException({
      detail: `The workspace ${workspace} has no credential for ${name}.`,
      code: 'credentials_missing',
    });
  }
}

/** What a credential of each kind is made of. */
const FIELDS = {
  https: ['username', 'token'],
  ssh: ['privateKey', 'knownHosts'],
  app: ['appId', 'privateKey'],
} as const satisfies Record<CredentialKind, readonly (keyof PutCredentialDto)[]>;

function credentialOf({ kind, ...given }: PutCredentialDto): Credential {
  for (const [field, value] of Object.entries(given))
    if (value !== undefined && !(FIELDS[kind] as readonly string[]).includes(field))
      throw new InvalidRequestError([
        { field, message: `${field} is not a field of a credential of the kind ${kind}` },
      ]);
  const { username = 'git', token = '', privateKey = '', knownHosts = '', appId = '' } = given;
  switch (kind) {
    case 'https':
      return { kind, username, token };
    case 'ssh':
      return { kind, privateKey, knownHosts };
    case 'app':
      return { kind, appId, privateKey };
  }
}
