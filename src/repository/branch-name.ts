/**
 * What is wrong with a branch name given by a caller, as a sentence that says what to change; null for
 * a good one. Stricter than `git check-ref-format --branch`, never laxer: a name that passes can be
 * neither an option, nor a revision, nor a path that means something to git.
 */
export function branchNameProblem(name: string): string | null {
  if (name === '') return 'The branch name is empty.';
  if (name.length > 100) return `The branch name has ${name.length} characters; at most 100 are allowed.`;
  if (!/^[A-Za-z0-9]/.test(name)) return 'The branch name must begin with a letter or digit (A-Z, a-z, 0-9).';
  if (!/^[A-Za-z0-9._/-]+$/.test(name)) {
    return 'The branch name may only contain letters, digits and the characters ". _ / -" (A-Z, a-z, 0-9).';
  }
  if (name.includes('..')) return 'The branch name must not contain "..".';
  if (name.includes('//') || name.endsWith('/')) {
    return 'The branch name must not end with "/" nor contain "//".';
  }
  if (name.endsWith('.')) return 'The branch name must not end with ".".';
  for (const part of name.split('/')) {
    if (part.startsWith('.')) return 'No part of the branch name may begin with ".".';
    // Git refuses `.lock`; on disks that ignore case `.LOCK` is the same file.
    if (/\.lock$/i.test(part)) return 'No part of the branch name may end with ".lock".';
  }
  if (/^refs(\/|$)/i.test(name)) return 'Give the branch name without "refs/…".';
  if (/^([A-Z0-9_]+_)?HEAD$/i.test(name))
    return `"${name}" has a meaning of its own in git. Choose another name.`;
  if (/^([0-9a-f]{40}|[0-9a-f]{64})$/i.test(name)) {
    return 'The branch name looks like a commit id. Choose another name.';
  }
  return null;
}

/**
 * What is wrong with the name of a branch or tag that exists already, as a sentence; null for a good one. This is
 * git's own rule (`git check-ref-format`), bounded: others may have chosen names that we would not give.
 */
export function existingBranchProblem(name: string): string | null {
  if (name === '') return 'The branch name is empty.';
  if (name.length > 100) return `The branch name has ${name.length} characters; at most 100 are allowed.`;
  if (!name.isWellFormed()) return 'The branch name must be well-formed Unicode text.';
  if (/[\x00-\x20\x7f~^:?*[\\]/.test(name)) {
    return 'A branch name has no blanks, no control characters and none of the characters "~ ^ : ? * [ \\".';
  }
  if (name.startsWith('-')) return 'The branch name must not begin with "-".';
  if (name.includes('..') || name.includes('@{') || name === '@') {
    return 'The branch name must not contain ".." or "@{", nor be "@".';
  }
  if (name.split('/').some((part) => part === '' || part.startsWith('.') || part.endsWith('.lock'))) {
    return 'No part of the branch name may be empty, begin with "." or end with ".lock".';
  }
  if (name.endsWith('.')) return 'The branch name must not end with ".".';
  if (name === 'HEAD') return '"HEAD" is no branch; leave the name out for the default branch.';
  return /^refs\//.test(name) ? 'Give the branch name without "refs/…".' : null;
}
