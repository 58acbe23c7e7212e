import type { AppSpec } from '../../model/app-spec';

/** Which shim parents the workers of an app, and on which Node it runs. */
export interface Placement {
  readonly shimId: string;
  readonly kind: 'fork' | 'cluster';
  readonly nodePath: string;
}

/** The shim of every fork-mode app. */
export const FORK_SHIM = 'fork';

/**
 * All fork-mode apps share one shim; each cluster app has its own, which is its primary and so runs on the app's own
 * Node (D3, D4). Being the only function that decides it, this is a setting and not architecture.
 */
export function placeApp(
  app: { readonly id: string; readonly spec: Pick<AppSpec, 'execMode' | 'interpreterPath'> },
  godNodePath: string,
): Placement {
  if (app.spec.execMode === 'fork') return { shimId: FORK_SHIM, kind: 'fork', nodePath: godNodePath };
  const { interpreterPath } = app.spec;
  return {
    shimId: `c-${app.id}`,
    kind: 'cluster',
    nodePath: interpreterPath === 'none' ? godNodePath : interpreterPath,
  };
}
