import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

/**
 * The commit that the working copy around a folder stands at, 40 or 64 hex digits; null where there is none that can be
 * read. The files are read and git is not run: its configuration may name programs, and God may be root.
 */
export async function gitRevisionOf(folder: string): Promise<string | null> {
  for (let at = folder; ; at = dirname(at)) {
    const gitDir = await gitDirIn(at);
    if (gitDir !== null) return headOf(gitDir);
    if (at === dirname(at)) return null;
  }
}

/** `.git` is a folder, or in a worktree or submodule a file that names one. */
async function gitDirIn(folder: string): Promise<string | null> {
  const path = join(folder, '.git');
  if ((await readOrNull(join(path, 'HEAD'))) !== null) return path;
  const link = /^gitdir: (.+)$/m.exec((await readOrNull(path)) ?? '');
  return link === null ? null : resolve(folder, link[1] ?? '');
}

async function headOf(gitDir: string): Promise<string | null> {
  const head = (await readOrNull(join(gitDir, 'HEAD')))?.trim() ?? '';
  if (isHash(head)) return head;
  const ref = /^ref: (refs\/[^\s]+)$/.exec(head)?.[1];
  if (ref === undefined || ref.includes('..')) return null;
  const common = (await readOrNull(join(gitDir, 'commondir')))?.trim();
  for (const dir of [gitDir, ...(common === undefined ? [] : [resolve(gitDir, common)])]) {
    const hash = (await readOrNull(join(dir, ref)))?.trim() ?? (await packedIn(dir, ref));
    if (hash !== null && isHash(hash)) return hash;
  }
  return null;
}

async function packedIn(dir: string, ref: string): Promise<string | null> {
  const lines = (await readOrNull(join(dir, 'packed-refs')))?.split('\n') ?? [];
  return lines.find((line) => line.endsWith(` ${ref}`))?.split(' ', 1)[0] ?? null;
}

const isHash = (text: string): boolean => /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text);

async function readOrNull(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return null;
  }
}
