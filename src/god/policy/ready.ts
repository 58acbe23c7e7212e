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
  /** How long it needed to listen, or to say `ready`; null: it did neither, or nobody knows. */
  readonly tookMs: number | null;
}

export interface ReadyFacts {
  readonly spec: Pick<AppSpec, 'waitReady' | 'listenTimeoutMs' | 'minUptimeMs' | 'execMode'>;
  readonly readySent: boolean;
  /** Some worker of this app has said `ready` before: so this one will, and it must. */
  readonly hasSaidReady: boolean;
  readonly listening: readonly ListenAddress[];
  /** null: the first worker of the slot, or nothing is known. */
  readonly predecessor: Predecessor | null;
  /** How long the process has been there, by the monotonic clock. */
  readonly aliveMs: number;
  /** How long its own program has run; null: it is still being loaded, and nothing it could prove has been tried. */
  readonly runningMs: number | null;
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

/**
 * `failed`: another serves in its place, so it is given up. `late`: nobody does, so it keeps its place, and whoever waits
 * for it is told. `inMs`: look again then, if nothing happens before; null: only what happens can change it.
 */
export type Readiness =
  | { readonly kind: 'proven'; readonly reason: string; readonly warning?: string }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'late'; readonly reason: string; readonly inMs: number | null }
  | { readonly kind: 'pending'; readonly inMs: number };

/** So many times as long as the one before needed is a candidate waited for: a busy machine starts two at a time. */
const PATIENCE = 3;

/** Has the worker proven that it can take the place? Online is never guessed where it can be known. */
export function decideReady(facts: ReadyFacts): Readiness {
  const { spec, predecessor } = facts;
  if (spec.waitReady) return byMessage(facts);
  if (predecessor !== null && predecessor.listening.length > 0) return likePredecessor(facts);
  if (facts.listening.length > 0)
    return { kind: 'proven', reason: `listening on ${addressesInWords(facts.listening)}` };
  return byLiving(facts);
}

/**
 * Cluster mode exists to share ports, so the first worker gets the whole listen_timeout to show that it does. Of an app
 * known not to listen, and of a fork-mode app, min_uptime is asked (but never more than listen_timeout: a min_uptime of an
 * hour counts exits, it must not keep `start` waiting). Either counts only once the program itself runs.
 */
function byLiving(facts: ReadyFacts): Readiness {
  const { spec, predecessor, aliveMs, runningMs, listenError } = facts;
  const { listenTimeoutMs } = spec;
  const isLoaded = runningMs !== null;
  // Nothing of it was ever heard: Node behind a wrapper that hands our preload on to nobody, or a main module that never
  // lets go of the thread. For ever would be a guess as well.
  const silentMs = PATIENCE * listenTimeoutMs;
  if (!isLoaded && aliveMs < silentMs)
    return tooLate(facts, 'its program is still being loaded', silentMs - aliveMs);
  const begunMs = isLoaded ? aliveMs - runningMs : 0;
  // One whose listen has failed may try again.
  const isTrying = (spec.execMode === 'cluster' && predecessor === null) || listenError !== null;
  const enoughMs = isTrying ? listenTimeoutMs : Math.min(spec.minUptimeMs, listenTimeoutMs);
  const isInTime = begunMs < listenTimeoutMs;
  const endMs = isInTime && isTrying ? listenTimeoutMs : begunMs + enoughMs;
  const dueMs = isInTime ? Math.min(endMs, listenTimeoutMs) : endMs;
  if (aliveMs < dueMs) return { kind: 'pending', inMs: dueMs - aliveMs };
  const not = listenError === null ? 'does not listen' : `but could not listen: ${listenError}`;
  return { kind: 'proven', reason: `alive for ${inWords(isLoaded ? enoughMs : silentMs)}, ${not}` };
}

function byMessage(facts: ReadyFacts): Readiness {
  if (facts.readySent) return { kind: 'proven', reason: 'ready message' };
  const { listenTimeoutMs } = facts.spec;
  const isListening = facts.listening.length > 0 && missingOf(facts).length === 0;
  if (isListening && !facts.hasSaidReady) {
    if (facts.aliveMs < listenTimeoutMs) return { kind: 'pending', inMs: listenTimeoutMs - facts.aliveMs };
    const reason = `listening on ${addressesInWords(facts.listening)}, without a ready message`;
    const warning = `wait_ready is on, but the app has never sent 'ready': listening counts, after ${inWords(listenTimeoutMs)}`;
    return { kind: 'proven', reason, warning };
  }
  const error = facts.listenError === null ? '' : `: could not listen: ${facts.listenError}`;
  return tooLate(facts, `no ready message (wait_ready)${error}`);
}

/** What the one that still serves listens on, and this one does not. */
function missingOf({ predecessor, listening }: ReadyFacts): ListenAddress[] {
  const wanted = predecessor?.serves === true && !predecessor.specChanged ? predecessor.listening : [];
  return wanted.filter((address) => !listening.some((other) => isSame(address, other)));
}

function likePredecessor(facts: ReadyFacts): Readiness {
  const missing = missingOf(facts);
  if (facts.listening.length > 0 && missing.length === 0)
    return { kind: 'proven', reason: `listening on ${addressesInWords(facts.listening)}` };
  const lacking =
    missing.length > 0 ? ` on ${addressesInWords(missing)} as the one before` : ', as the one before did';
  const error = facts.listenError === null ? '' : `: ${facts.listenError}`;
  return tooLate(facts, `not listening${lacking}${error}`);
}

/** How long a worker is waited for. @param tookMs how long the one before needed; null: nobody knows */
export const patienceMsOf = (spec: Pick<AppSpec, 'listenTimeoutMs'>, tookMs: number | null): number =>
  Math.max(spec.listenTimeoutMs, Math.ceil(PATIENCE * (tookMs ?? 0)));

/** Its time is over, unless it is not. Without a worker that serves instead, ending a slow one would only make it slower. */
function tooLate(facts: ReadyFacts, what: string, againMs: number | null = null): Readiness {
  const { aliveMs, predecessor, spec } = facts;
  const tookMs = predecessor?.tookMs ?? 0;
  const patienceMs = patienceMsOf(spec, tookMs);
  if (aliveMs < patienceMs) return { kind: 'pending', inMs: patienceMs - aliveMs };
  const bound =
    patienceMs > spec.listenTimeoutMs
      ? `three times as long as the one before; listen_timeout is ${inWords(spec.listenTimeoutMs)}`
      : 'listen_timeout';
  const took = tookMs > 0 ? `; the one before took ${inWords(tookMs)}` : '';
  const reason = `${what} within ${inWords(patienceMs)} (${bound}${took})`;
  return predecessor?.serves === true ? { kind: 'failed', reason } : { kind: 'late', reason, inMs: againMs };
}

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
