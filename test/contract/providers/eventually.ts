import { until } from '../../support/until.js';

/** The first true answer to a question that is asked again and again. Rejects after 15 s. */
export async function eventually<T>(
  question: () => Promise<T> | T,
  what: string,
): Promise<Exclude<T, null | undefined | false>> {
  let answer: T | undefined;
  await until(what, 15_000, async () => Boolean((answer = await question())));
  return answer as Exclude<T, null | undefined | false>;
}
