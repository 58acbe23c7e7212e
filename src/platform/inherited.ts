import { closeSync, readFileSync, readdirSync } from 'node:fs';

/** Linux's, in the octal flags of /proc/self/fdinfo. */
const O_CLOEXEC = 0o2000000;

/**
 * Closes every descriptor that our parent had open and did not mean for us. Node itself keeps those below 16 from its
 * children; `(flock 200; pm start app) 200>lock` holds one that every app would inherit, and with it the lock, for ever.
 * What Node has opened in this process is marked, so what is not marked is not Node's. Elsewhere than on Linux: nothing.
 */
export function closeInherited(): void {
  for (const name of listed('/proc/self/fd')) {
    const fd = Number(name);
    try {
      const flags = /^flags:\s+(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${name}`, 'utf8'))?.[1];
      if (fd > 2 && flags !== undefined && (parseInt(flags, 8) & O_CLOEXEC) === 0) closeSync(fd);
    } catch {
      // The one of the listing itself is gone.
    }
  }
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
