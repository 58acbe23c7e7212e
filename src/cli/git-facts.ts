import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What git knows of the folder of an app, as PM2's `versioning` names it. */
export type GitFacts = readonly (readonly [name: string, value: string])[];

/** A repository of a hundred thousand files answers in less; a hung network drive must not hold `describe`. */
const GIT_DEADLINE_MS = 2000;

/** Empty when the folder belongs to no repository, or git is not there. Read by the CLI, when somebody looks. */
export async function gitFacts(folder: string): Promise<GitFacts> {
  if (!isInRepository(folder)) return [];
  const [head, branch, remote, changes] = await Promise.all([
    git(folder, ['log', '-1', '--format=%H%n%s%n%cI']),
    git(folder, ['rev-parse', '--abbrev-ref', 'HEAD']),
    git(folder, ['remote', 'get-url', 'origin']),
    git(folder, ['status', '--porcelain', '--untracked-files=no']),
  ]);
  if (head === null) return [];
  const [revision = '', comment = '', committed = ''] = head.split('\n');
  const rows: (readonly [string, string | null])[] = [
    ['revision control', 'git'],
    ['remote url', remote],
    ['last update', committed],
    ['revision', revision],
    ['comment', comment],
    ['branch', branch],
    ['unstaged', changes === null ? null : String(changes !== '')],
  ];
  return rows.filter((row): row is readonly [string, string] => row[1] !== null);
}

function isInRepository(folder: string): boolean {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, '.git'))) return true;
    if (at === dirname(at)) return false;
  }
}

function git(cwd: string, args: readonly string[]): Promise<string | null> {
  return new Promise((resolve) => {
    const options = { cwd, timeout: GIT_DEADLINE_MS, encoding: 'utf8' } as const;
    execFile('git', ['--no-optional-locks', ...args], options, (error, stdout) =>
      resolve(error === null ? stdout.trimEnd() : null),
    );
  });
}
