import type { AppSpec } from '../../model/app-spec';

/** Which shim parents the workers of an app, and on which Node it runs. */
export interface Placement {
  readonly shimId: string;
  readonly kind: 'fork' | 'cluster';
  readonly nodePath: string;
}

/** Only Node can take the preload; bun and others speak no `--require` that means the same. */
export const isNodeApp = ({
  execMode,
  interpreterPath,
}: Pick<AppSpec, 'execMode' | 'interpreterPath'>): boolean =>
  execMode === 'cluster' || /(^|\/)node(js)?([-@\d.][^/]*)?$/.test(interpreterPath);

/** What is known of an app that decides where it runs. */
export type PlacedSpec = Pick<AppSpec, 'execMode' | 'interpreterPath' | 'holdListeners'>;

/**
 * The kind of its shim: only the primary of a cluster holds listeners for its workers, so a fork-mode app that is to
 * have its own held runs as the only worker of one. It is still what the user asked for, and shown as `fork`.
 */
export const shimKindOf = (spec: PlacedSpec): Placement['kind'] =>
  spec.execMode === 'cluster' || (spec.holdListeners && isNodeApp(spec)) ? 'cluster' : 'fork';

/** The shim of every fork-mode app. */
export const FORK_SHIM = 'fork';

/**
 * All fork-mode apps share one shim; each cluster app has its own, and each app whose listeners are held, which is its primary and so runs on the app's own
 * Node (D3, D4). Being the only function that decides it, this is a setting and not architecture.
 */
export function placeApp(
  app: { readonly id: string; readonly spec: PlacedSpec },
  godNodePath: string,
): Placement {
  if (shimKindOf(app.spec) === 'fork') return { shimId: FORK_SHIM, kind: 'fork', nodePath: godNodePath };
  const { interpreterPath } = app.spec;
  return {
    shimId: `c-${app.id}`,
    kind: 'cluster',
    nodePath: interpreterPath === 'none' ? godNodePath : interpreterPath,
  };
}
