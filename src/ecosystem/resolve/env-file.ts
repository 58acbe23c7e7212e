import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'dotenv';
import { pmError, reasonOf } from '../../errors';

/**
 * The variables of `env_file`: later files win. Nothing is expanded, and the environment of pm itself is left alone.
 * @param place how a message names the attribute
 * @throws PmError CONFIG_INVALID for a file that cannot be read: an app without its secrets must not start
 */
export function readEnvFiles(
  paths: unknown,
  cwd: string,
  place: string,
  configFile: string | undefined,
): Record<string, string> {
  const files = Array.isArray(paths) ? paths.map((path) => resolve(cwd, String(path))) : [];
  const variables: Record<string, string> = {};
  for (const file of files) {
    try {
      Object.assign(variables, parse(readFileSync(file)));
    } catch (error) {
      const problem = `${place}: ${file} cannot be read: ${reasonOf(error)}`;
      throw pmError('CONFIG_INVALID', { file: configFile, problems: [problem] }, { cause: error });
    }
  }
  return variables;
}
