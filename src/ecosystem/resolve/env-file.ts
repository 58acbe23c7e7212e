import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'dotenv';
import { pmError, reasonOf, systemCodeOf } from '../../errors';
import { isRecord } from '../attributes/kinds';
import type { GivenEnvironment } from '../attributes/readers';

/** Where `env_file` stands, and what it says. */
export interface EnvFileQuestion {
  /** Read: paths, or the variables themselves. */
  readonly value: unknown;
  readonly cwd: string;
  /** How a message names the attribute. */
  readonly place: string;
  readonly configFile: string | undefined;
}

/**
 * The variables of `env_file`: later files win. Nothing is expanded, and the environment of pm itself is left alone. A file
 * that is not there is a warning, since it often is only on some machines.
 * @throws PmError CONFIG_INVALID for a file that cannot be read: an app without its secrets must not start
 */
export function readEnvFiles(
  { value, cwd, place, configFile }: EnvFileQuestion,
  warnings: string[],
): GivenEnvironment {
  if (isRecord(value)) return value as GivenEnvironment;
  const files = Array.isArray(value) ? value.map((path) => resolve(cwd, String(path))) : [];
  const variables: Record<string, string> = {};
  for (const file of files) {
    try {
      Object.assign(variables, parse(readFileSync(file)));
    } catch (error) {
      const problem = `${place}: ${file} cannot be read: ${reasonOf(error)}`;
      if (systemCodeOf(error) === 'ENOENT') warnings.push(`${place}: there is no ${file} (ignored)`);
      else throw pmError('CONFIG_INVALID', { file: configFile, problems: [problem] }, { cause: error });
    }
  }
  return variables;
}
