/** Injection tokens of what the process is given at boot. */
export const SETTINGS = Symbol('Settings');
/** A pino `Logger`. */
export const LOGGER = Symbol('Logger');
/** The `EventStore` port. */
export const EVENT_STORE = Symbol('EventStore');
/** The `Clock`. */
export const CLOCK = Symbol('Clock');
/** A `Random`: where back-offs take their jitter from. */
export const RANDOM = Symbol('Random');
/** A `ShowRecord`: what of a record follows from this process and not from the events. */
export const SHOW_RECORD = Symbol('ShowRecord');
/** A `ReadLog`: what sandboxes put out. */
export const READ_LOG = Symbol('ReadLog');
/** The PostgreSQL connection string in use, embedded or not. */
export const DATABASE_URL = Symbol('DatabaseUrl');
