/**
 * The work's outcome, or what `otherwise` answers or throws when there is none within the limit (in milliseconds). The
 * work itself goes on then; what becomes of it is no longer heard. What can be stopped takes a signal instead
 * (aborts.ts).
 */
export async function within<T, O>(limitMs: number, work: Promise<T>, otherwise: () => O): Promise<T | O> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, limitMs)));
  try {
    return await Promise.race([work, late.then(otherwise)]);
  } finally {
    clearTimeout(timer);
  }
}
