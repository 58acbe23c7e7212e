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

/** What is known of an app that decides which shim is its own. */
export interface PlacedApp {
  readonly id: string;
  readonly spec: PlacedSpec;
  /** On which interpreter its first shim ran. */
  readonly firstInterpreter: string;
}

/**
 * All fork-mode apps share one shim; each cluster app has its own, and each app whose listeners are held, which is its
 * primary and so runs on the app's own Node (D3, D4): on another Node it is another shim. Being the only function that
 * decides it, this is a setting and not architecture.
 */
export function placeApp({ id, spec, firstInterpreter }: PlacedApp, godNodePath: string): Placement {
  if (shimKindOf(spec) === 'fork') return { shimId: FORK_SHIM, kind: 'fork', nodePath: godNodePath };
  const { interpreterPath } = spec;
  return {
    shimId:
      interpreterPath === firstInterpreter ? ownShim(id) : `${ownShim(id)}-${shortHash(interpreterPath)}`,
    kind: 'cluster',
    nodePath: interpreterPath === 'none' ? godNodePath : interpreterPath,
  };
}

const ownShim = (appId: string): string => `c-${appId}`;

/** The app whose own shim that is, or once was; null: it is everybody's. */
export const appOfShim = (shimId: string): string | null => /^c-(\d+)(?:-|$)/.exec(shimId)?.[1] ?? null;

/** FNV-1a in base 36: a path as part of the name of a socket, which may have 107 letters only. */
function shortHash(text: string): string {
  let hash = 0x811c9dc5;
  for (const letter of text) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193);
  return (hash >>> 0).toString(36);
}
