import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pmError } from '../../errors';
import type { NormaliseContext } from './context';
import { isExecutable } from './files';

/** Where a version manager keeps its Nodes: `<folder>/<version><below>`. */
interface Store {
  readonly folder: string;
  readonly below: string;
}

function storesOf(env: NormaliseContext['env']): Store[] {
  const home = env['HOME'] ?? '';
  return [
    { folder: join(env['NVM_DIR'] ?? join(home, '.nvm'), 'versions/node'), below: 'bin/node' },
    {
      folder: join(env['FNM_DIR'] ?? join(home, '.local/share/fnm'), 'node-versions'),
      below: 'installation/bin/node',
    },
    { folder: join(env['VOLTA_HOME'] ?? join(home, '.volta'), 'tools/image/node'), below: 'bin/node' },
  ];
}

/**
 * The Node of `node@20`, `node@20.11` or `node@v20.11.1`: the newest installed one that fits, of nvm, fnm or volta.
 * None is ever installed: PM2 runs `nvm install` on its own, in the middle of a start.
 * @throws PmError INTERPRETER_UNSUITED
 */
export function findNodeVersion(version: string, { env }: NormaliseContext): string {
  const wanted = version.replace(/^v/, '');
  const stores = storesOf(env);
  const fitting = stores
    .flatMap(({ folder, below }) =>
      versionsIn(folder).map((found) => ({ found, path: join(folder, found, below) })),
    )
    .map(({ found, path }) => ({ number: found.replace(/^v/, ''), path }))
    .filter(
      ({ number, path }) => (number === wanted || number.startsWith(`${wanted}.`)) && isExecutable(path),
    )
    .sort((a, b) => b.number.localeCompare(a.number, 'en', { numeric: true }));
  if (fitting[0] !== undefined) return fitting[0].path;
  throw pmError('INTERPRETER_UNSUITED', {
    message: `Node ${wanted} is not installed; looked in ${stores.map(({ folder }) => folder).join(', ')}`,
    hint: `Install it, for example with \`nvm install ${wanted}\`, or give the path of a Node with --interpreter.`,
  });
}

function versionsIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
