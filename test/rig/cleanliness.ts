import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Home } from '../../src/home/paths';

const UNWANTED = [
  { name: 'a warning of Node', pattern: /\(node:\d+\).*/g },
  { name: 'an internal error', pattern: /.*internal error.*/gi },
  // Node's own indentation: a stack of an app, quoted by us, stands further right.
  { name: 'a stack trace', pattern: /^ {4}at .+[:(].*\d+:\d+\)?$/gm },
] as const;

/** Warnings, internal errors and stack traces in what our programs said; `where` is put before each. */
export function unwantedIn(text: string, where: string): string[] {
  return UNWANTED.flatMap(({ name, pattern }) => {
    const [first] = text.match(pattern) ?? [];
    return first === undefined ? [] : [`${where}: ${name}: ${first.trim()}`];
  });
}

/** What must not be left in a home after `pm kill`. */
export function remainsIn(home: Home): string[] {
  return listed(home.path).filter((name) =>
    /\.sock$|\.lock|\.pid$|\.tmp$|\.steal$|^shims\/.|\/sock$/.test(name),
  );
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' });
  } catch {
    return [];
  }
}

/** Empty when there is no such file. */
export function textOf(...path: readonly string[]): string {
  try {
    return readFileSync(join(...path), 'utf8');
  } catch {
    return '';
  }
}
