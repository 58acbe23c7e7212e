/** Where a Node runs, as far as sharing ports goes. */
export interface NodeFacts {
  /** `22.12.0`, with or without a `v`. */
  readonly version: string;
  readonly platform: string;
}

/** What `reuseport` needs, in words for people. */
export const REUSE_PORT_NEEDS = 'Node 22.12 or newer (23.1 of the 23 line) on Linux';

/**
 * Can this Node open several listening sockets on one port? libuv has the flag since 1.49, which came with Node
 * 22.12 and 23.1; only Linux spreads connections over them.
 */
export function canReusePort({ version, platform }: NodeFacts): boolean {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  return (
    platform === 'linux' && (major >= 24 || (major === 23 && minor >= 1) || (major === 22 && minor >= 12))
  );
}
