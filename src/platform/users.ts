import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface UserFacts {
  readonly uid: number;
  readonly gid: number;
  readonly name: string;
  readonly home: string;
}

/** The rows of /etc/passwd or /etc/group; empty where there is none. */
function rows(path: string): string[][] {
  try {
    return (
      readFileSync(path, 'utf8')
        .split('\n')
        .map((line) => line.split(':'))
        // An empty line, as the last one is, would be the user called ''.
        .filter(([name = '']) => name !== '')
    );
  } catch {
    return [];
  }
}

/** A user by name or id, out of /etc/passwd; null when unknown. */
export function lookupUser(nameOrId: string | number): UserFacts | null {
  const wanted = String(nameOrId);
  const row = rows('/etc/passwd').find(([name, , uid]) => name === wanted || uid === wanted);
  if (row === undefined) return null;
  return { name: row[0] ?? '', uid: Number(row[2]), gid: Number(row[3]), home: row[5] ?? '/' };
}

/**
 * The same of the system itself, for users that are in no file (macOS, LDAP); slower by three processes.
 *
 * @returns null when unknown
 */
export function askForUser(name: string): UserFacts | null {
  if (!/^[\w.][\w.@-]*$/.test(name)) return null;
  const script = 'id -u "$1" && id -g "$1" && eval "echo ~$1"';
  const { status, stdout } = spawnSync('/bin/sh', ['-c', script, 'sh', name], { encoding: 'utf8' });
  const [uid, gid, home = '/'] = stdout.split('\n');
  return status === 0 ? { name, uid: Number(uid), gid: Number(gid), home } : null;
}

/** The id of a group by name or id, out of /etc/group; null when unknown. */
export function lookupGroup(nameOrId: string | number): number | null {
  const wanted = String(nameOrId);
  const row = rows('/etc/group').find(([name, , gid]) => name === wanted || gid === wanted);
  return row === undefined ? null : Number(row[2]);
}
