import type { WireError } from '../errors';
import type { AppSpec } from '../model/app-spec';
import type { GenerationView } from '../model/generation';
import type { InstanceView } from '../model/instance';
import type { AppsPlan } from '../model/plan';
import type { ReloadMode } from '../model/reload-mode';
import type { Narrowing } from '../model/selector';

/**
 * Satan ⇄ God, over axon req/rep on `rpc.sock`; God's events are published on `pub.sock`.
 *
 * A call that changes something answers as soon as the change is decided and on disk, with the id of an
 * operation; `operation` (a long poll) then tells its steps and its end. So every call is short, a frozen God
 * is noticed within one poll, and a CLI that is interrupted leaves nothing half done. Operations outlive God: its
 * successor knows their ids and goes on with them.
 *
 * 2: `request`, a name that a client gives to a change, so that it may ask again when God dies before it has answered;
 * a God that knows the name answers with the operation that is there.
 *
 * 3: `folders` and `within` of {@link Targets}.
 */
export const CONTROL_PROTOCOL = 3;

/** What a command is about. Resolved by God, all before anything is touched (PM2-FACTS §5.2). */
export interface Targets {
  /** `all`, name, id, namespace, `/regex/`, as typed. */
  readonly selectors?: readonly string[];
  /** Names out of an ecosystem file; unknown ones are left out. */
  readonly names?: readonly string[];
  /** What the caller's folder is called (with and without its links resolved): a selector may be a script there. */
  readonly folders?: readonly string[];
  /** Of all that is found only this. A God before protocol 3 would not see it: ask nothing of him then. */
  readonly within?: Narrowing;
}

/** Attributes given on the command line of restart/reload, already normalised. */
export type SpecPatch = Partial<AppSpec>;

/** One line of progress: `api#2 online (listening on :3000)`. */
export interface OperationStep {
  readonly index: number;
  readonly instanceId: number;
  readonly label: string;
  readonly text: string;
}

export interface OperationOutcome {
  /** null: everything asked for holds now. */
  readonly error: WireError | null;
  /** Ids of the instances that the operation was about. */
  readonly instanceIds: readonly number[];
  readonly warnings: readonly string[];
}

export interface OperationStarted {
  readonly operationId: string;
  /** Names of apps that were not known and are started (`apply` by file), for PM2's `[WARN] Applications … not running, starting...`. */
  readonly started: readonly string[];
  readonly restarted: readonly string[];
  /** Lines for the user: how it is done, and why so. Gods before this addition say nothing. */
  readonly notes?: readonly string[];
}

export interface InstanceDetail {
  readonly view: InstanceView;
  readonly spec: AppSpec;
  /** The balance in force and why, e.g. `round-robin (auto: Node 20.20 has no reusePort)`; null for fork. */
  readonly balance: string | null;
  readonly shim: { readonly id: string; readonly pid: number } | null;
  /** Why files are not watched although they should be. */
  readonly watchProblem: string | null;
}

export interface AppHistory {
  readonly name: string;
  readonly generations: readonly GenerationView[];
}

export interface ControlApi {
  hello: {
    params: { version: string; protocol: number };
    result: {
      version: string;
      protocol: number;
      pid: number;
      home: string;
      startedAtMs: number;
      /** What whoever manages this God has to know before anything else; Gods before this addition say nothing. */
      notice?: string | null;
    };
  };
  ping: { params: Record<never, never>; result: { msg: 'pong' } };
  /** `fields`: only these of each record; all where it is missing, and from a God that does not know it. */
  list: { params: { fields?: readonly (keyof InstanceView)[] }; result: { instances: InstanceView[] } };
  describe: { params: { targets: Targets }; result: { details: InstanceDetail[] } };
  /**
   * `script`: PM2-FACTS §5.1 rule 4 (same script and name: restart when stopped, ALREADY_LAUNCHED when online, unless
   * force). `name`: apps of a file; a name that is known is restarted (or reloaded) with the new spec.
   */
  start: {
    params: {
      apps: AppSpec[];
      match: 'script' | 'name';
      existing: 'restart' | 'reload';
      force: boolean;
      mode?: ReloadMode;
      parallel?: number;
      /** Wait for the proof of each instance, so long at most; absent: as long as listen_timeout says. */
      waitMs?: number;
      request?: string;
    };
    result: OperationStarted;
  };
  /** What `apply` would do; changes nothing. `file`: with `prune`, the apps that came from it and left it are deleted. */
  plan: { params: { apps: AppSpec[]; file?: string; prune?: boolean }; result: AppsPlan };
  /** Makes what runs be what is said, planned again. */
  apply: {
    params: {
      apps: AppSpec[];
      file?: string;
      prune?: boolean;
      mode?: ReloadMode;
      parallel?: number;
      request?: string;
    };
    result: OperationStarted;
  };
  restart: {
    params: {
      targets: Targets;
      patch?: SpecPatch;
      /** Fields that go, before `patch` is laid over what is left. */
      unset?: readonly string[];
      env?: Record<string, string>;
      parallel?: number;
      /** Wait for the proof of each instance, so long at most; absent: as long as listen_timeout says. */
      waitMs?: number;
      request?: string;
    };
    result: OperationStarted;
  };
  reload: {
    params: {
      targets: Targets;
      patch?: SpecPatch;
      /** Fields that go, before `patch` is laid over what is left. */
      unset?: readonly string[];
      env?: Record<string, string>;
      parallel?: number;
      mode?: ReloadMode;
      /** Wait for the proof of each instance, so long at most; absent: as long as listen_timeout says. */
      waitMs?: number;
      request?: string;
    };
    result: OperationStarted;
  };
  /** Reloads apps to an earlier generation, with which they become a new one. `number`: default the one before. */
  rollback: {
    params: { targets: Targets; number?: number; mode?: ReloadMode; parallel?: number; request?: string };
    result: OperationStarted;
  };
  /** The generations of each app, oldest first. */
  history: { params: { targets: Targets }; result: { apps: AppHistory[] } };
  stop: { params: { targets: Targets; request?: string }; result: OperationStarted };
  delete: { params: { targets: Targets; request?: string }; result: OperationStarted };
  /** `count` as typed: `4` sets, `+2` and `-1` change. */
  scale: {
    /** `targets` narrows, and says the folders; what is scaled is `name`. */
    params: { name: string; count: string; targets?: Targets; force?: boolean; request?: string };
    result: OperationStarted;
  };
  reset: { params: { targets: Targets }; result: { count: number } };
  /** A signal to the workers themselves, not to their trees. `delivered`: how many were there to get it. */
  signal: { params: { targets: Targets; signal: string }; result: { delivered: number } };
  /** Text to the standard input of the workers. */
  input: { params: { targets: Targets; text: string }; result: { delivered: number } };
  /** Changes attributes that need no restart (`watch`), or PM2's flag `monitored`. */
  amend: {
    params: { targets: Targets; watch?: boolean; monitored?: boolean };
    result: { count: number };
  };
  /** `pm save`. An empty list is refused (NOTHING_TO_SAVE) unless forced. */
  save: { params: { force: boolean }; result: { count: number; path: string } };
  clearDump: { params: Record<never, never>; result: { path: string } };
  /** `path`: the file that was read; null: there is none. */
  resurrect: {
    params: { request?: string };
    result: OperationStarted & { path: string | null; warnings: readonly string[] };
  };
  operation: {
    params: { id: string; afterStep: number; waitMs: number };
    result: { steps: OperationStep[]; outcome: OperationOutcome | null };
  };
  reloadLogs: { params: Record<never, never>; result: { count: number } };
  /**
   * God writes its state and ends; no app and no shim is touched. It starts its successor, so that this one belongs to the
   * same service of the init system; null: the caller does, because it must not.
   */
  handOver: {
    params: { successor: { nodePath: string; entry: string } | null };
    result: Record<never, never>;
  };
  /** Stops every app, every shim, then God. Answers when the apps are down; the process ends right after. */
  kill: { params: Record<never, never>; result: OperationStarted };
}

/** Published on pub.sock as [topic, packet]. */
export interface ControlEvents {
  'process:event': {
    event: string;
    id: number;
    name: string;
    namespace: string;
    reason: string;
    atMs: number;
  };
}
