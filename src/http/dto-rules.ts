import { Matches, registerDecorator, type ValidationArguments } from 'class-validator';
import { AGENT_TYPE, whole, WORKSPACE_ID } from '../platform/text-rules.js';

/**
 * Text that every store can keep: no NUL (PostgreSQL has none) and no half of a surrogate pair. Its length
 * is that of the JavaScript string, as the event schemas count it (class-validator's MaxLength counts less).
 */
export function IsText(maxLength: number): PropertyDecorator {
  const problemOf = (value: unknown): string | null => {
    if (typeof value !== 'string') return 'must be text';
    if (value.length > maxLength) return `must have at most ${maxLength} characters, not ${value.length}`;
    if (value.includes('\0') || !value.isWellFormed()) {
      return 'must be well-formed Unicode text without NUL characters';
    }
    return null;
  };
  return (target, propertyName) =>
    registerDecorator({
      name: 'isText',
      target: target.constructor,
      propertyName: propertyName as string,
      validator: {
        validate: (value: unknown) => problemOf(value) === null,
        defaultMessage: ({ property, value }: ValidationArguments) => `${property} ${problemOf(value)}`,
      },
    });
}

export function IsWorkspaceId(): PropertyDecorator {
  return Matches(new RegExp(whole(WORKSPACE_ID)), {
    message: '$property must be 1 to 100 letters, digits, ".", "_" or "-" and begin with a letter or digit',
  });
}

export function IsAgentType(): PropertyDecorator {
  return Matches(new RegExp(whole(AGENT_TYPE)), {
    message:
      '$property must be an agent type such as mock, claude or codex (lower case letters, digits, "-")',
  });
}
