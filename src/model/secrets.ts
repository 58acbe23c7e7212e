/** Shown in place of a secret. */
export const MASK = '********';

const SECRET_NAME =
  /(^|[_\-.])(API|ACCESS|PRIVATE|AUTH)?(KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASS|PWD|CREDENTIALS?|DSN)([_\-.]|\d|$)|KEY$|TOKEN$|SECRET$|PASSWORD$/i;
const URL_WITH_PASSWORD = /:\/\/[^/\s@]*:[^/\s@]*@/;
const URL_NAME = /(^|_)(DATABASE|DB|MONGO(DB)?|REDIS|POSTGRES(QL)?|MYSQL|AMQP)_(URL|URI)$/i;

/** Is that variable's value one that must not be shown? By its name, or because it is an address with a password in it. */
export const isSecret = (name: string, value: string): boolean =>
  SECRET_NAME.test(name) || URL_NAME.test(name) || URL_WITH_PASSWORD.test(value);

/** A value as it may be shown: the passwords of addresses in it are masked. */
export function withoutPasswords(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/(:\/\/[^/\s:@]*:)[^/\s@]*@/g, `$1${MASK}@`);
  if (Array.isArray(value)) return value.map(withoutPasswords);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, withoutPasswords(one)]));
}
