/**
 * Why a call got no answer. A value of its own, not a PmError: what it means (a dead God, a lost shim, a foreign
 * socket) only the caller knows.
 */
export class WireFailure extends Error {
  constructor(
    readonly kind: 'timeout' | 'closed' | 'refused' | 'missing' | 'permission',
    message: string,
  ) {
    super(message);
    this.name = 'WireFailure';
  }
}

/** From the system's code of a failed connect. */
export function connectFailure(code: string | undefined, path: string): WireFailure {
  if (code === 'ENOENT') return new WireFailure('missing', `no socket at ${path}`);
  if (code === 'EACCES' || code === 'EPERM')
    return new WireFailure('permission', `not allowed to use ${path}`);
  return new WireFailure('refused', `nobody answers at ${path} (${code ?? 'unknown error'})`);
}
