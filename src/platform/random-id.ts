import { readFileSync } from 'node:fs';

/** A UUID, from the kernel where it makes them: `node:crypto` would cost a God that needs nothing else of it 400 KB. */
export function randomId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/uuid', 'utf8').trim();
  } catch {
    return process.getBuiltinModule('node:crypto').randomUUID();
  }
}
