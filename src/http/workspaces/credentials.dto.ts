import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import {
  CREDENTIAL_KINDS,
  type CredentialKind,
  type CredentialRecord,
} from '../../repository/credentials/credential.js';
import { IsText } from '../request-rules.js';

const KINDS = { message: `kind must be ${CREDENTIAL_KINDS.join(' or ')}` };

/** The body of `PUT /v1/workspaces/{workspaceId}/credentials/{host}`. */
export class PutCredentialDto {
  @ApiProperty({ enum: CREDENTIAL_KINDS, enumName: 'CredentialKind' })
  @IsIn(CREDENTIAL_KINDS, KINDS)
  kind!: CredentialKind;

  @ApiPropertyOptional({ default: 'git', description: 'https: the user name that goes with the token.' })
  @IsOptional()
  @IsText(200)
  username?: string;

  @ApiPropertyOptional({ description: 'https: the token. It is encrypted and never shown again.' })
  @IsOptional()
  @IsText(8_192)
  token?: string;

  @ApiPropertyOptional({
    description:
      'ssh: a private key without a passphrase. app: an RSA key of the GitHub App, in PEM. It is encrypted and never shown again.',
  })
  @IsOptional()
  @IsText(32_768)
  privateKey?: string;

  @ApiPropertyOptional({ description: 'app: the id of the GitHub App, or its client id.' })
  @IsOptional()
  @IsText(100)
  appId?: string;

  @ApiPropertyOptional({
    description: 'ssh: known_hosts lines of the host, which no other key is accepted for.',
  })
  @IsOptional()
  @IsText(32_768)
  knownHosts?: string;
}

export class DeleteCredentialDto {
  @ApiPropertyOptional({ enum: CREDENTIAL_KINDS, enumName: 'CredentialKind', description: 'Only that kind.' })
  @IsOptional()
  @IsIn(CREDENTIAL_KINDS, KINDS)
  kind?: CredentialKind;
}

/** A credential in the API document; its shape is CredentialRecord. */
export class CredentialDto implements CredentialRecord {
  @ApiProperty() workspaceId!: string;
  @ApiProperty({ example: 'github.com' }) host!: string;
  @ApiProperty({ enum: CREDENTIAL_KINDS, enumName: 'CredentialKind' }) kind!: CredentialKind;
  @ApiProperty({ type: String, nullable: true }) username!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'Of a GitHub App.' }) appId!: string | null;
  @ApiProperty({
    type: String,
    nullable: true,
    description:
      "Tells one secret from another: a key's as ssh-keygen or GitHub shows it, a token's as a keyed hash.",
  })
  fingerprint!: string | null;
  @ApiProperty({ type: String, format: 'date-time' }) createdAt!: string;
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When git was last given it.',
  })
  lastUsedAt!: string | null;
}

export class CredentialListDto {
  @ApiProperty({ type: [CredentialDto] }) items!: CredentialDto[];
}
