import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { openDocument, staticApp, staticName } from '../../ecosystem';
import { pmError } from '../../errors';
import { pmVariable } from '../../model/variables';
import { flag, text, type Command, type Context, type Input } from '../command';
import { START_OPTIONS, TABLE_OPTIONS } from '../line/global-options';
import { carryOut, planApps } from '../plan';

export const makeServe = (): Command => ({
  name: 'serve',
  args: '[path] [port]',
  description:
    'Serves a folder over HTTP (the one you are in, port 8080), as an app like any other: it is listed, logged, restarted and saved.',
  options: [
    { flags: '--port <port>', help: 'The port, when it is not the second word.' },
    { flags: '--host <address>', help: 'The address to listen on. Default: 0.0.0.0, which is all of them.' },
    { flags: '--spa', help: 'What is not there is index.html: for single page applications.' },
    { flags: '--ftp', help: 'List folders that have no index.html.' },
    { flags: '--basic-auth-username <name>', help: 'Ask for this user, and a password.' },
    {
      flags: '--basic-auth-password <password>',
      help: 'The password. PM_SERVE_BASIC_AUTH_PASSWORD does the same, and is not seen by `ps`.',
    },
    { flags: '--monitor', help: "Of PM2's dashboard; no effect." },
    ...START_OPTIONS,
    ...TABLE_OPTIONS,
  ],
  takesAttributes: true,
  examples: [
    ['pm serve dist 3000 --spa', 'a built front end'],
    ['pm serve . --ftp --name files', 'a folder to browse'],
  ],
  run: async (input, context) => {
    const site = siteOf(input, context);
    const name = text({ ...input, options: input.attributes as Input['options'] }, 'name');
    const app = staticApp({ ...site, name: name ?? staticName(site.port) }, 'pm serve', undefined);
    const plan = await planApps(openDocument(app), { match: 'script', existing: 'restart' }, input, context);
    return carryOut([{ ...plan, note: `Serving ${site.path} on port ${site.port}` }], input, context);
  },
});

/** @throws PmError BAD_ARGUMENT */
function siteOf(input: Input, { cwd, env }: Context) {
  const path = resolve(cwd, input.args[0] ?? pmVariable(env, 'SERVE_PATH') ?? '.');
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw pmError('BAD_ARGUMENT', {
      message: `${path} is no folder`,
      hint: 'Say which to serve: `pm serve dist 3000`.',
    });
  const port = input.args[1] ?? text(input, 'port') ?? pmVariable(env, 'SERVE_PORT') ?? '8080';
  if (!/^\d+$/.test(port) || Number(port) > 65_535)
    throw pmError('BAD_ARGUMENT', { message: `${port} is no port`, hint: 'A number up to 65535.' });
  const host = text(input, 'host');
  return {
    path,
    port,
    ...(host === undefined ? {} : { host }),
    ...(flag(input, 'spa') ? { spa: true } : {}),
    ...(flag(input, 'ftp') ? { ftp: true } : {}),
    ...authOf(input, env),
  };
}

function authOf(input: Input, env: Context['env']) {
  const username = text(input, 'basicAuthUsername') ?? pmVariable(env, 'SERVE_BASIC_AUTH_USERNAME');
  const password = text(input, 'basicAuthPassword') ?? pmVariable(env, 'SERVE_BASIC_AUTH_PASSWORD');
  if (username === undefined && password === undefined) return {};
  if (username === undefined || password === undefined)
    throw pmError('BAD_ARGUMENT', {
      message: '--basic-auth-username and --basic-auth-password go together',
      hint: 'Give both, or neither.',
    });
  return { basic_auth: { username, password } };
}
