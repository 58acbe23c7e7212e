import { basename, dirname, extname, join } from 'node:path';
import { formatDate } from './date-format';

/** pm2-logrotate's (PM2-FACTS §7.8), so that what is set up around its names goes on working. */
const DATE_PATTERN = 'YYYY-MM-DD_HH-mm-ss';
const SHAPE = String.raw`__(\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d(?:_\d{4})?)`;

/** The moment of a rotation as it stands in file names; local time. */
export const rotationStamp = (atMs: number): string => formatDate(DATE_PATTERN, atMs);

/**
 * `/l/app-out.log` → `/l/app-out__2026-01-31_23-05-07.log`. Several rotations within one second get `_0001`, `_0002` …
 * behind it, which sorts after the name without.
 */
export function rotatedName(path: string, stamp: string, count: number): string {
  const { folder, base, extension } = partsOf(path);
  return join(
    folder,
    `${base}__${stamp}${count === 0 ? '' : `_${String(count).padStart(4, '0')}`}${extension}`,
  );
}

/** A file that rotation has made. */
export interface RotatedFile {
  readonly path: string;
  readonly isCompressed: boolean;
  /** Sorts by age. */
  readonly stamp: string;
}

/**
 * The rotated files of a log among the names of its folder, oldest first. Of one that is there both plain and
 * compressed (the shim died between writing the one and removing the other) only the compressed, which is complete.
 */
export function rotatedAmong(path: string, names: readonly string[]): RotatedFile[] {
  const { folder, base, extension } = partsOf(path);
  const shape = new RegExp(`^${escaped(base)}${SHAPE}${escaped(extension)}(\\.gz)?$`);
  const found = new Map<string, RotatedFile>();
  for (const name of names) {
    const match = shape.exec(name);
    const stamp = match?.[1];
    if (stamp === undefined) continue;
    const isCompressed = match?.[2] !== undefined;
    if (isCompressed || !found.has(stamp))
      found.set(stamp, { path: join(folder, name), isCompressed, stamp });
  }
  return [...found.values()].sort((a, b) => (a.stamp < b.stamp ? -1 : 1));
}

const ANY_SHAPE = new RegExp(`^(.+)${SHAPE}(\\.[^.]+)?(\\.gz)?$`);

/**
 * All rotated files among the names of a folder, by the path of the log that they were. For readers of many logs: each
 * name is looked at once.
 */
export function rotatedByLog(folder: string, names: readonly string[]): Map<string, RotatedFile[]> {
  const ofLog = new Map<string, string[]>();
  for (const name of names) {
    const [, base, , extension = ''] = ANY_SHAPE.exec(name) ?? [];
    if (base === undefined) continue;
    // Of a log without an extension what looks like one is the end of the compressed name.
    const path = join(folder, `${base}${extension === '.gz' ? '' : extension}`);
    const known = ofLog.get(path);
    if (known === undefined) ofLog.set(path, [name]);
    else known.push(name);
  }
  return new Map([...ofLog].map(([path, own]) => [path, rotatedAmong(path, own)]));
}

/** What a rotated file is called once it is compressed, and while it is being. */
export const compressedName = (path: string): string => `${path}.gz`;
export const compressingName = (path: string): string => `${path}.gz.tmp`;

/** Half of a compression that its shim did not live to end. */
export const isLeftover = (path: string, name: string): boolean => {
  const { base, extension } = partsOf(path);
  return new RegExp(`^${escaped(base)}${SHAPE}${escaped(extension)}\\.gz\\.tmp$`).test(name);
};

const partsOf = (path: string): { folder: string; base: string; extension: string } => {
  const extension = extname(path);
  return { folder: dirname(path), base: basename(path, extension), extension };
};

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|-]/g, String.raw`\$&`);
