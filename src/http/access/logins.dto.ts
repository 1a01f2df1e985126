import { ApiProperty } from '@nestjs/swagger';
import type { Login } from '../../access/logins.js';
import { GrantDto } from './tokens.dto.js';

export class LoginDto {
  @ApiProperty({ format: 'uuid' }) loginId!: string;
  @ApiProperty({ description: 'As it is stored with what they do.' }) actor!: string;
  @ApiProperty({ description: 'What the provider calls them; it never changes.' }) subject!: string;
  @ApiProperty({ type: String, nullable: true }) name!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'If the provider has verified it.' })
  email!: string | null;
  @ApiProperty({ type: [GrantDto], description: 'What they are in which workspace.' }) grants!: GrantDto[];
  @ApiProperty({ type: String, format: 'date-time' }) openedAt!: string;
  @ApiProperty({ type: String, format: 'date-time', description: 'To a few minutes.' }) seenAt!: string;
  @ApiProperty({ type: String, format: 'date-time' }) expiresAt!: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) endedAt!: string | null;
}

export class LoginListDto {
  @ApiProperty({ type: [LoginDto] }) items!: LoginDto[];
}

export const toLoginDto = ({ hash: _, issuer: __, grants, ...login }: Login): LoginDto => ({
  ...login,
  grants: [...grants],
});
