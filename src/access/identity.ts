/** Who somebody is, as their provider tells it. */
export interface Identity {
  /** As it is stored with what they do. */
  readonly actor: string;
  readonly subject: string;
  readonly name: string | null;
  readonly email: string | null;
  readonly groups: readonly string[];
}

type Claims = Readonly<Record<string, unknown>>;
type UserClaim = 'sub' | 'email' | 'preferred_username';

const MOST_GROUPS = 5_000;
const LONGEST = 200;
/** What may stand in an actor: visible, on one line. */
const NAME = /^[^\s\p{C}]([^\p{C}]{0,198}[^\s\p{C}])?$/u;

/** What claims say of a person; a text for people where they do not say who it is. */
export function identityOf(
  claims: Claims,
  { groupsClaim, userClaim }: { readonly groupsClaim: string; readonly userClaim: UserClaim },
): Identity | string {
  const subject = claims.sub;
  if (typeof subject !== 'string' || subject === '' || subject.length > 255)
    return 'the provider tells no subject';
  const called = claims[userClaim];
  if (typeof called !== 'string' || !NAME.test(called))
    return `the provider tells no ${userClaim} that can be used`;
  // Anybody may claim an address that nobody has looked at.
  const email = claims.email_verified === true ? textOf(claims.email) : null;
  if (userClaim === 'email' && email === null) return 'the provider has not verified the address';
  return {
    actor: `user:${userClaim === 'email' ? called.toLowerCase() : called}`,
    subject,
    name: textOf(claims.name) ?? textOf(claims.preferred_username),
    email,
    groups: groupsIn(claims, groupsClaim) ?? [],
  };
}

/** The groups that a claim names; undefined where there is none. A name with dots leads into objects, unless it is a claim's as it is. */
export function groupsIn(claims: Claims, name: string): readonly string[] | undefined {
  const found = Object.hasOwn(claims, name)
    ? claims[name]
    : name
        .split('.')
        .reduce<unknown>(
          (at, part) =>
            typeof at === 'object' && at !== null && Object.hasOwn(at, part)
              ? (at as Record<string, unknown>)[part]
              : undefined,
          claims,
        );
  if (found === undefined || found === null) return undefined;
  // `*` stands for everybody in the map, and is nobody's group.
  return [found]
    .flat()
    .slice(0, MOST_GROUPS)
    .filter((group): group is string => typeof group === 'string' && group !== '*');
}

const textOf = (value: unknown): string | null => {
  if (typeof value !== 'string') return null;
  const text = value.replace(/\p{C}/gu, '').trim().slice(0, LONGEST).toWellFormed();
  return text === '' ? null : text;
};
