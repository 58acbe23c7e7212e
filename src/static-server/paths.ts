import { realpath } from 'node:fs/promises';
import { posix } from 'node:path';

/** Certificates are renewed through /.well-known/; every other dot file is nobody's business. */
const OPEN_DOT_FOLDER = '.well-known';

/**
 * The path that a request line means, decoded once and without `.`, `..` and doubled slashes; `/` at its start always, at
 * its end if it was there. null: it can mean nothing (a bad escape, a NUL, no path at all).
 *
 * All that is decided about a request is decided on this, and the file is opened by this: a path that is judged as it
 * was written and tidied up later can be written in a way that the judge does not know.
 */
export function canonicalPath(requestUrl: string): string | null {
  const [path = ''] = requestUrl.split(/[?#]/, 1);
  if (!path.startsWith('/')) return null;
  try {
    const decoded = decodeURIComponent(path);
    // A backslash separates folders elsewhere, and in what some proxies pass on.
    return /[\0\\]/.test(decoded) ? null : posix.normalize(`/${decoded}`).replace(/^\/+/, '/');
  } catch {
    return null;
  }
}

/** A canonical path as it stands in a request line or a Location. */
export const encodedPath = (path: string): string => path.split('/').map(encodeURIComponent).join('/');

/** A dot file or something below a dot folder, but for `/.well-known/`. */
export function isHidden(path: string): boolean {
  const segments = path.split('/').filter((segment) => segment !== '');
  return segments.some(
    (segment, index) => segment.startsWith('.') && (index > 0 || segment !== OPEN_DOT_FOLDER),
  );
}

/**
 * May what a canonical path names be given away: it is there, no part of its name is hidden, and neither do symbolic
 * links lead out of the root or to something hidden in it? The root itself may be a link, and may be relinked.
 */
export async function isServable(root: string, path: string): Promise<boolean> {
  if (isHidden(path)) return false;
  try {
    const [realRoot, real] = await Promise.all([realpath(root), realpath(posix.join(root, path))]);
    const below = posix.relative(realRoot, real);
    return below !== '..' && !below.startsWith('../') && !isHidden(below);
  } catch {
    return false;
  }
}
