import { resolve } from 'node:path';
import { pmVariable } from '../model/variables';

/** What a static server serves, and to whom. */
export interface Settings {
  readonly port: number;
  readonly host: string;
  /** Absolute. */
  readonly root: string;
  /** What `/` shows: `/index.html`. */
  readonly homepage: string;
  /** What is not there is index.html: the page's own router takes it from there. */
  readonly spa: boolean;
  /** Folders without an index.html are listed. */
  readonly listing: boolean;
  readonly auth: { readonly user: string; readonly password: string } | null;
}

const DEFAULT_PORT = 8080;

/** Out of `PM_SERVE_…`, or PM2's spelling `PM2_SERVE_…`. @throws Error naming the variable that cannot be meant */
export function settingsOf(env: Readonly<Record<string, string | undefined>>, cwd: string): Settings {
  const given = (name: string): string | undefined => pmVariable(env, `SERVE_${name}`);
  const isOn = (name: string): boolean => given(name) === 'true' || given(name) === '1';
  const port = Number(given('PORT') ?? DEFAULT_PORT);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error(`PM_SERVE_PORT is no port: ${given('PORT') ?? ''}`);
  const user = given('BASIC_AUTH_USERNAME');
  const password = given('BASIC_AUTH_PASSWORD');
  if ((user === undefined) !== (password === undefined))
    throw new Error('PM_SERVE_BASIC_AUTH_USERNAME and PM_SERVE_BASIC_AUTH_PASSWORD go together');
  return {
    port,
    host: given('HOST') ?? '0.0.0.0',
    root: resolve(cwd, given('PATH') ?? '.'),
    homepage: given('HOMEPAGE') ?? '/index.html',
    spa: isOn('SPA'),
    listing: isOn('FTP'),
    auth: user === undefined || password === undefined ? null : { user, password },
  };
}
