import { Type, type Static, type TObject } from '@sinclair/typebox';

/* STORAGE FORMAT, as task-events.ts: what was seen of a task's changes. */

/** What has become of a file. */
export const CHANGE_STATUSES = ['added', 'modified', 'deleted', 'renamed', 'type_changed'] as const;
export type ChangeStatus = (typeof CHANGE_STATUSES)[number];

/** Why something that is not committed is not among what was seen. */
export const LEFT_OUT_REASONS = [
  'too_large',
  'too_many',
  /** A pipe, a socket, a device. */
  'special_file',
  /** Another repository, whose commits are its own. */
  'nested_repository',
  /** Its name is not UTF-8. */
  'name',
] as const;
export type LeftOutReason = (typeof LEFT_OUT_REASONS)[number];

/** So many files are named in the event; it says how many there are. */
export const MOST_CHANGED_FILES = 500;
/** So many characters of paths as well. */
export const MOST_PATH_TEXT = 64_000;
export const MOST_LEFT_OUT = 50;

const Count = Type.Integer({ minimum: 0 });
const Path = Type.String({ maxLength: 4_096 });
const ObjectId = Type.String({ pattern: '^[0-9a-f]{40}$' });
const oneOf = <T extends string>(words: readonly T[]) =>
  Type.Unsafe<T>(Type.Union(words.map((word) => Type.Literal(word))));

export const ChangedFileSchema = Type.Object({
  path: Path,
  /** Of what was renamed: its path before. */
  oldPath: Type.Optional(Path),
  status: oneOf(CHANGE_STATUSES),
  /** Lines; 0 of what is binary. */
  additions: Count,
  deletions: Count,
  binary: Type.Boolean(),
});
export type ChangedFile = Static<typeof ChangedFileSchema>;

const LeftOutSchema = Type.Object({ path: Path, why: oneOf(LEFT_OUT_REASONS) });
/** Something that is not committed and was not looked at. */
export type LeftOut = Static<typeof LeftOutSchema>;

/** The changes of a checkout as they were seen at one moment, without the time. */
export const ObservedChanges = {
  /** The commit that they are told against. */
  base: ObjectId,
  /** The commit and branch that HEAD is on; absent before a first commit, and where it is detached. */
  head: Type.Optional(ObjectId),
  branch: Type.Optional(Type.String({ maxLength: 1_000 })),
  /** The tree with all of them, in our own repository of the checkout. */
  tree: ObjectId,
  /** Commits that the branch it came from has not, and the other way around. */
  ahead: Count,
  behind: Count,
  files: Type.Array(ChangedFileSchema, { maxItems: MOST_CHANGED_FILES }),
  /** All files and lines, also of what is not in `files`. */
  count: Count,
  additions: Count,
  deletions: Count,
  /** Files that are not committed. */
  uncommitted: Count,
  left: Type.Array(LeftOutSchema, { maxItems: MOST_LEFT_OUT }),
  /** Whether there are more files, or more was left out, than is named. */
  truncated: Type.Boolean(),
};
export type ObservedChanges = Static<TObject<typeof ObservedChanges>>;

/** What a task's fold knows of its changes: all but the files. */
export type ChangesFold = Omit<ObservedChanges, 'files' | 'left'> & {
  readonly leftOut: number;
  readonly at: string;
};
