import { userInfo } from 'node:os';
import type { Home } from '../home';
import type { EnsureGodOptions } from '../launch';
import {
  CONTROL_PROTOCOL,
  type ControlApi,
  type OperationOutcome,
  type OperationStarted,
  type OperationStep,
} from '../protocol/control';
import { WireFailure, connect, type WireClient } from '../wire';
import { worded } from './failures';

/** Every answer of God is short (long work is an operation), so this is long even on a swapping machine. */
export const DEFAULT_DEADLINE_MS = 5000;

/** How long God may hold a poll of an operation before it answers "nothing new". */
const OPERATION_POLL_MS = 2000;

/** A call that only asks. */
export interface FirstCall {
  readonly method: 'list';
  readonly params: ControlApi['list']['params'];
}

export interface SatanOptions {
  /** Deadline of each call, ms. Default 5000. */
  readonly deadlineMs?: number;
  /** Who asks, for `pm why`. Default: the user that this process runs as. */
  readonly user?: string;
  /**
   * Sent along with `hello`, because it is what will be called first: that saves a round trip, 0.7 ms of `pm list`. Its
   * answer is that of the first call of its method.
   */
  readonly first?: FirstCall;
}

/** The client's side of the control boundary: one connection to one God. Whoever connects closes it. */
export interface Satan {
  /** Who answered: version, pid and start of God. */
  readonly god: ControlApi['hello']['result'];
  /** Lines for the user: God is of another version; its list was damaged. */
  readonly warnings: readonly string[];
  /** Resolves when the connection has ended, whoever ended it. */
  readonly closed: Promise<void>;
  /** @throws PmError what God refused, or GOD_UNREACHABLE when there is no answer within the deadline */
  call<M extends keyof ControlApi>(
    method: M,
    params: ControlApi[M]['params'],
  ): Promise<ControlApi[M]['result']>;
  /**
   * Follows an operation to its end. Operations may take as long as their apps do; what is bounded is the silence
   * of God: each poll has a deadline of its own.
   *
   * @throws PmError GOD_UNREACHABLE; a failure of the operation itself is `outcome.error`
   */
  run(started: OperationStarted, onStep?: (step: OperationStep) => void): Promise<OperationOutcome>;
  close(): void;
}

/**
 * Shakes hands with the God that listens now; with `launch`, one is started when none does.
 *
 * @throws WireFailure nobody listens, or PmError
 */
export async function openSatan(
  home: Home,
  options: SatanOptions & { launch?: boolean } = {},
): Promise<Satan> {
  const deadlineMs = options.deadlineMs ?? DEFAULT_DEADLINE_MS;
  let link =
    options.launch === true
      ? await launchAndLink(home, deadlineMs)
      : await openLink(home, deadlineMs, options.first);
  const call = async <M extends keyof ControlApi>(
    method: M,
    params: ControlApi[M]['params'],
    extraMs = 0,
  ): Promise<ControlApi[M]['result']> => {
    const named = CHANGES.has(method)
      ? { ...params, request: newRequest(), by: options.user ?? ownName() }
      : params;
    for (let tries = 1; ; tries++) {
      try {
        return await (takeFirst(link, method) ??
          link.client.call(method, named, { deadlineMs: deadlineMs + extraMs }));
      } catch (error) {
        const next = mayAskAgain(error, method, tries) ? await successor(home, deadlineMs, method) : null;
        if (next === null) throw await worded(error, home, `asked for \`${method}\``);
        link = next;
      }
    }
  };
  return {
    get god() {
      return link.god;
    },
    get closed() {
      return link.closed;
    },
    warnings: [versionWarning(link.god), link.god.notice ?? null].filter((text) => text !== null),
    call: (method, params) => call(method, params),
    run: async (started, onStep = () => undefined) => {
      let afterStep = -1;
      for (;;) {
        const poll = { id: started.operationId, afterStep, waitMs: OPERATION_POLL_MS };
        const { steps, outcome } = await call('operation', poll, OPERATION_POLL_MS);
        for (const step of steps) {
          afterStep = Math.max(afterStep, step.index);
          onStep(step);
        }
        if (outcome !== null) return outcome;
      }
    },
    close: () => link.client.close(),
  };
}

/** What must not be done twice: God knows a request that is made again by its name. */
const CHANGES: ReadonlySet<keyof ControlApi> = new Set([
  'start',
  'apply',
  'restart',
  'reload',
  'rollback',
  'stop',
  'delete',
  'scale',
  'resurrect',
] as const);
/** Gods before this one would carry out a request that is made again as if it were a new one. */
const KNOWS_REQUESTS = 2;
const MAX_TRIES = 4;

/** Whom `pm why` names. */
function ownName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    // A user id without an entry in /etc/passwd, as in many containers.
    return process.getuid === undefined ? undefined : `uid-${process.getuid()}`;
  }
}

/** Unique among those who talk to one God within a few minutes. */
const newRequest = (): string =>
  `${process.pid}-${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;

/** A second one would end a God that nobody asked to end. */
const ONLY_ONCE: ReadonlySet<keyof ControlApi> = new Set(['kill', 'handOver'] as const);

/** God has died while we waited for its answer. */
const mayAskAgain = (error: unknown, method: keyof ControlApi, tries: number): boolean =>
  error instanceof WireFailure && error.kind === 'closed' && !ONLY_ONCE.has(method) && tries < MAX_TRIES;

/** The God after the one that died, started if need be; null: it was ended on purpose, or would not know the request. */
async function successor(home: Home, deadlineMs: number, method: keyof ControlApi): Promise<Link | null> {
  try {
    const link = await launchAndLink(home, deadlineMs, { revive: true });
    if (!CHANGES.has(method) || link.god.protocol >= KNOWS_REQUESTS) return link;
    link.client.close();
    return null;
  } catch {
    // What is said is why the first one did not answer.
    return null;
  }
}

/**
 * A God that is just dying still accepts: its socket is closed a moment after its connections. So who is let in, and
 * put out again before he could say hello, knocks once more.
 */
async function launchAndLink(home: Home, deadlineMs: number, options: EnsureGodOptions = {}): Promise<Link> {
  // Launching is rare, and costs 4 ms to load.
  const { ensureGod } = await import('../launch');
  for (let tries = 1; ; tries++) {
    await ensureGod(home, options);
    try {
      return await openLink(home, deadlineMs);
    } catch (error) {
      if (!isAbsence(error) || tries === MAX_TRIES) throw error;
    }
  }
}

/** Nobody is there; `closed`: there was one, and it was just ending (kill, upgrade) while we shook hands. */
export const isAbsence = (error: unknown): boolean =>
  error instanceof WireFailure && ['missing', 'refused', 'closed'].includes(error.kind);

/** One connection to one God. */
interface Link {
  readonly client: WireClient<ControlApi>;
  readonly god: ControlApi['hello']['result'];
  readonly closed: Promise<void>;
  /** What was sent along with `hello`, until it is taken. */
  first: { readonly method: keyof ControlApi; readonly answer: Promise<unknown> } | undefined;
}

/** Leaves the connection open only when God has answered. The failure is left unworded: the caller may try again. */
async function openLink(home: Home, deadlineMs: number, first?: FirstCall): Promise<Link> {
  const client = await connect<ControlApi>(home.rpcSocket, { deadlineMs });
  const hello = { version: __PM_VERSION__, protocol: CONTROL_PROTOCOL };
  try {
    const greeting = client.call('hello', hello, { deadlineMs });
    const answer = first && client.call(first.method, first.params, { deadlineMs });
    // Who takes it hears of its failure; who fails to say hello has said so already.
    answer?.catch(() => undefined);
    return {
      client,
      god: await greeting,
      closed: new Promise((resolve) => client.onClose(resolve)),
      first: first && answer && { method: first.method, answer },
    };
  } catch (error) {
    client.close();
    throw error;
  }
}

function takeFirst<M extends keyof ControlApi>(
  link: Link,
  method: M,
): Promise<ControlApi[M]['result']> | undefined {
  const { first } = link;
  if (first?.method !== method) return undefined;
  link.first = undefined;
  return first.answer as Promise<ControlApi[M]['result']>;
}

/** Another version is no reason to refuse: the apps of the night shift must be manageable in the middle of an upgrade. */
function versionWarning({ version }: ControlApi['hello']['result']): string | null {
  if (version === __PM_VERSION__) return null;
  return `God runs version ${version}, this is ${__PM_VERSION__}: what one of them does not know yet may be refused (apps are not touched)`;
}
