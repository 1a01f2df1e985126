/** What the provider needs of a pino logger. */
export interface LocalLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}
