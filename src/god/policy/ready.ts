import type { AppSpec } from '../../model/app-spec';
import type { ListenAddress } from '../../model/instance';
import { inWords } from './restart';

/** What is known of the worker that had the slot before; what it did is what its successor is measured by (D7). */
export interface Predecessor {
  readonly listening: readonly ListenAddress[];
  /** It still serves (surge reload): then a timeout costs nothing, and is a failure. */
  readonly serves: boolean;
  /** The app was changed meanwhile (another port, another script): its addresses need not be the same. */
  readonly specChanged: boolean;
}

export interface ReadyFacts {
  readonly spec: Pick<AppSpec, 'waitReady' | 'listenTimeoutMs' | 'minUptimeMs' | 'execMode'>;
  readonly readySent: boolean;
  readonly listening: readonly ListenAddress[];
  /** null: the first worker of the slot, or nothing is known. */
  readonly predecessor: Predecessor | null;
  /** How long the process has been there, by the monotonic clock. */
  readonly aliveMs: number;
  /** The last listen that failed: `EADDRINUSE :3000`. */
  readonly listenError: string | null;
}

/** What an app's addresses can come from; a change of anything else excuses no other address. */
const DECIDES_ADDRESSES = [
  'script',
  'args',
  'cwd',
  'interpreterPath',
  'nodeArgs',
  'execMode',
  'env',
] as const;

/** Has the app been changed so that it may listen elsewhere? */
export const mayListenElsewhere = (before: AppSpec, after: AppSpec): boolean =>
  DECIDES_ADDRESSES.some((field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]));

/** `inMs`: look again then, if nothing happens before. */
export type Readiness =
  | { readonly kind: 'proven'; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'pending'; readonly inMs: number };

/** Has the worker proven that it can take the place? Online is never guessed where it can be known. */
export function decideReady(facts: ReadyFacts): Readiness {
  const { spec, predecessor } = facts;
  if (spec.waitReady) return byMessage(facts);
  if (predecessor !== null && predecessor.listening.length > 0) return likePredecessor(facts, predecessor);
  if (facts.listening.length > 0)
    return { kind: 'proven', reason: `listening on ${addressesInWords(facts.listening)}` };
  // Cluster mode exists to share ports, so the first worker gets the whole listen_timeout to show that it does. Of
  // an app known not to listen, and of a fork-mode app, min_uptime is asked (but never more than listen_timeout:
  // a min_uptime of an hour counts exits, it must not keep `start` waiting).
  const mayListen = spec.execMode === 'cluster' && predecessor === null;
  // One whose listen has failed may try again.
  const isTrying = mayListen || facts.listenError !== null;
  const enoughMs = isTrying ? spec.listenTimeoutMs : Math.min(spec.minUptimeMs, spec.listenTimeoutMs);
  const not = facts.listenError === null ? 'does not listen' : `but could not listen: ${facts.listenError}`;
  return after(facts, enoughMs, { kind: 'proven', reason: `alive for ${inWords(enoughMs)}, ${not}` });
}

function byMessage(facts: ReadyFacts): Readiness {
  if (facts.readySent) return { kind: 'proven', reason: 'ready message' };
  const timeoutMs = facts.spec.listenTimeoutMs;
  return after(facts, timeoutMs, {
    kind: 'failed',
    reason: `no ready message within ${inWords(timeoutMs)} (wait_ready)`,
  });
}

function likePredecessor(facts: ReadyFacts, predecessor: Predecessor): Readiness {
  const wanted = predecessor.serves && !predecessor.specChanged ? predecessor.listening : [];
  const missing = wanted.filter((address) => !facts.listening.some((other) => isSame(address, other)));
  if (facts.listening.length > 0 && missing.length === 0) {
    return { kind: 'proven', reason: `listening on ${addressesInWords(facts.listening)}` };
  }
  const timeoutMs = facts.spec.listenTimeoutMs;
  const lacking =
    missing.length > 0 ? ` on ${addressesInWords(missing)} as the one before` : ', as the one before did,';
  const error = facts.listenError === null ? '' : `: ${facts.listenError}`;
  // Without a worker that serves instead, ending a slow one would only make it slower: said, and let be.
  const late: Readiness = predecessor.serves
    ? {
        kind: 'failed',
        reason: `not listening${lacking} within ${inWords(timeoutMs)} (listen_timeout)${error}`,
      }
    : { kind: 'proven', reason: `alive, but not listening within ${inWords(timeoutMs)}${error}` };
  return after(facts, timeoutMs, late);
}

const after = (facts: ReadyFacts, ms: number, outcome: Readiness): Readiness =>
  facts.aliveMs >= ms ? outcome : { kind: 'pending', inMs: ms - facts.aliveMs };

/** The family is left out: Node reports the same `listen(3000)` as IPv6 or, where there is none, IPv4. */
const isSame = (a: ListenAddress, b: ListenAddress): boolean => a.port === b.port && a.address === b.address;

/** `:3000, 127.0.0.1:3001, /run/x.sock`. */
export const addressesInWords = (addresses: readonly ListenAddress[]): string =>
  addresses.map(inText).join(', ');

function inText({ port, address, family }: ListenAddress): string {
  if (port === null) return address ?? '?';
  if (address === null) return `:${port}`;
  return family === 6 && address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
