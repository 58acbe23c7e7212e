import { pmError } from '../../errors';

/** The value of `script` that stands for pm's own static server. */
export const STATIC_SCRIPT = 'serve';

/** Keys of an entry of the section `static`, and the variable of the server that each becomes. */
const VARIABLES: Readonly<Record<string, string>> = {
  port: 'PM_SERVE_PORT',
  host: 'PM_SERVE_HOST',
  path: 'PM_SERVE_PATH',
  homepage: 'PM_SERVE_HOMEPAGE',
  spa: 'PM_SERVE_SPA',
  ftp: 'PM_SERVE_FTP',
  directory: 'PM_SERVE_FTP',
};
/** Of PM2's vendor. */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set(['monitor']);

/** An entry of the section `static` as the app that serves it. @throws PmError CONFIG_INVALID */
export function staticApp(
  site: Readonly<Record<string, unknown>>,
  label: string,
  file: string | undefined,
): Readonly<Record<string, unknown>> {
  const env: Record<string, unknown> = {};
  const others: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const [key, value] of Object.entries(site)) {
    const variable = VARIABLES[key];
    if (value == null || key === 'name' || key === 'basic_auth' || WITHOUT_EFFECT.has(key)) continue;
    // Of the app that serves the site, or unknown there too.
    if (variable === undefined) others[key] = value;
    else if (typeof value === 'object') problems.push(`${label}.${key}: expected a plain value`);
    else env[variable] = value;
  }
  const auth = site['basic_auth'];
  if (auth != null) {
    const { username, password } = auth as Readonly<Record<string, unknown>>;
    if (typeof username === 'string' && typeof password === 'string') {
      env['PM_SERVE_BASIC_AUTH_USERNAME'] = username;
      env['PM_SERVE_BASIC_AUTH_PASSWORD'] = password;
    } else problems.push(`${label}.basic_auth: expected { username, password }`);
  }
  if (problems.length > 0) throw pmError('CONFIG_INVALID', { file, problems });
  const { name, port } = site;
  const shown = typeof port === 'number' || typeof port === 'string' ? `${port}` : '8080';
  return { name: name ?? staticName(shown), script: STATIC_SCRIPT, env, ...others };
}

/** PM2's name of a static server that was given none. */
export const staticName = (port: string): string => `static-page-server-${port}`;
