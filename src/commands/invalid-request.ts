/** A request that the caller has to change. Each problem names its field and says what to change. */
export class InvalidRequestError extends Error {
  override readonly name = 'InvalidRequestError';
  constructor(
    readonly problems: readonly { readonly field: string; readonly message: string }[],
    /** 400, or 422 where the request is well formed but conflicts with an earlier one. */
    readonly status: 400 | 422 = 400,
  ) {
    super(problems.map(({ message }) => message).join('; '));
  }
}
