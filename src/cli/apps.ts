import { loadConfigFile, loadStdin, pathLookup, type NormaliseContext, type PmDocument } from '../ecosystem';
import { entryPath } from '../launch/entry';
import { cpuCount, lookupGroup, lookupUser } from '../platform';
import { pmVariable } from '../model/variables';
import { flag, text, type Context, type Input } from './command';

/** All that decides, beside a file, what an app becomes: the command line, the caller, and the machine. */
export function normaliseContext(input: Input, { cwd, env }: Context): NormaliseContext {
  const { appArgs = [], attributes } = input;
  const envName = text(input, 'env');
  const only = text(input, 'only')
    ?.split(/[,\s]+/)
    .filter((name) => name !== '');
  const uid = process.getuid?.() ?? 0;
  return {
    cwd,
    env,
    cliOptions: appArgs.length === 0 ? attributes : { ...attributes, args: appArgs },
    ...(envName === undefined ? {} : { envName }),
    ...(only === undefined ? {} : { only }),
    strict: flag(input, 'strict') || isOn(pmVariable(env, 'STRICT')),
    cpuCount: cpuCount(),
    execPath: process.execPath,
    staticServer: entryPath('static-server'),
    findInPath: pathLookup(env, cwd),
    lookupUser,
    lookupGroup,
    // A uid without an entry in passwd is common in containers.
    username: lookupUser(uid)?.name ?? `${uid}`,
  };
}

const isOn = (value: string | undefined): boolean =>
  value !== undefined && value !== '0' && value !== 'false';

/** Reads what `<file>` or `-` on a command line means. @throws PmError CONFIG_NOT_FOUND, CONFIG_MALFORMED, CONFIG_INVALID */
export async function readDocument(fileOrDash: string, context: Context): Promise<PmDocument> {
  return fileOrDash === '-' ? loadStdin(await context.readStdin()) : loadConfigFile(fileOrDash, context.cwd);
}
