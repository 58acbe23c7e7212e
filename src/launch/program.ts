import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { readJsonFile, writeFileAtomic, type Home } from '../home';
import { entryPath } from './entry';

/** A Node and one of our bundles on it. */
export interface Program {
  readonly nodePath: string;
  readonly entry: string;
}

/**
 * Notes which God this is, for whoever has to start the next one without being of its version: a shim that is older,
 * and the boot script. Written only when something has changed; called by God.
 */
export async function recordProgram(home: Home): Promise<void> {
  const program = { version: __PM_VERSION__, nodePath: process.execPath, entry: entryPath('god') };
  await writeIfNew(home.programFile, `${JSON.stringify(program)}\n`, 0o600);
  await writeIfNew(home.launcher, launcherText(process.execPath, cliPath()), 0o700);
}

/** Beside the dist that this code is in. */
export const cliPath = (): string => resolve(dirname(entryPath('god')), '../../bin/pm');

/** What {@link recordProgram} has noted, if it is still there: Node and pm may have been moved since. */
export function recordedProgram(home: Home): Program | null {
  const { nodePath, entry } = (readJsonFile(home.programFile) ?? {}) as Partial<
    Record<keyof Program, unknown>
  >;
  if (typeof nodePath !== 'string' || typeof entry !== 'string') return null;
  return existsSync(nodePath) && existsSync(entry) ? { nodePath, entry } : null;
}

async function writeIfNew(path: string, text: string, mode: number): Promise<void> {
  try {
    if (readFileSync(path, 'utf8') === text) return;
  } catch {
    // not there yet
  }
  await writeFileAtomic(path, text, { mode });
}

/**
 * A boot script must not name a Node that the next upgrade removes, nor rely on a PATH that no shell has set: the
 * paths that worked last come first, then whatever is to be found.
 */
export const launcherText = (nodePath: string, pmPath: string): string => `#!/bin/sh
# Written by pm: starts it with the Node and from the place where it ran last; else with what is in PATH.
node=${quoted(nodePath)}
pm=${quoted(pmPath)}
[ -x "$node" ] || node=$(command -v node)
if [ -n "$node" ] && [ -f "$pm" ]; then exec "$node" "$pm" "$@"; fi
if command -v pm >/dev/null; then exec pm "$@"; fi
echo "pm: there is no pm at $pm and none in PATH; run any pm command by hand once, or pm startup again" >&2
exit 127
`;

/** In single quotes the shell sees nothing but the text. */
const quoted = (text: string): string => `'${text.split(`'`).join(`'\\''`)}'`;
