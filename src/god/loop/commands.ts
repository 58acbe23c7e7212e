import { failpoint } from '../../platform';
import { pmError } from '../../errors';
import type { Generation } from '../../model/generation';
import type { OperationStarted } from '../../protocol/control';
import type { JsonObject } from '../../protocol/guards';
import { longestEndMs } from '../effects/ladder';
import type { God } from '../core/god';
import { patienceMsOf } from '../policy/ready';
import type { RolloutKind, RolloutMode } from '../policy/rollout';
import { NO_RESTARTS } from '../policy/restart';
import type { Goal, Occasion, RolloutRecord } from '../store/records';
import { specOfGeneration, withFailed } from '../store/generations';
import type { App, Instance } from '../core/world';
import { commit } from './commit';
import { assign, type Undo } from './undo';
import { generationsInUse } from './desired';
import { forgetFailures, movePidFiles, settle } from './instance';
import { beginRollout, cancelRollout, recordRollout, startAgain } from './rollouts';
import { hurryOrphans } from './worker-events';

/** What a command comes to. */
export interface Command {
  /** `The start of api`. */
  readonly what: string;
  readonly starts?: readonly Instance[];
  readonly ends?: readonly Instance[];
  readonly rollouts?: readonly RolloutRequest[];
  readonly warnings?: readonly string[];
  /** For the answer: how it is done. */
  readonly notes?: readonly string[];
  /** Names of apps, for the answer. */
  readonly started?: readonly string[];
  readonly restarted?: readonly string[];
}

export interface RolloutRequest {
  readonly kind: RolloutKind;
  readonly app: App;
  readonly instances: readonly Instance[];
  /** What a reload is to bring; null: the app as it is (a restart has entered its generation already). */
  readonly next: Generation | null;
  /** The generation that the app had before. */
  readonly previous: number;
  /** Default: rolling. */
  readonly mode?: RolloutMode | undefined;
  readonly parallel?: number | undefined;
  readonly occasion?: Occasion | undefined;
}

/**
 * Carries a command out, all of it or nothing: the change of what is desired, the rollouts that it begins and the
 * operation that waits for them are written as one, and only then anything is done. A God that dies at any point of
 * this leaves its successor either nothing or all that it needs. A request that is made again is answered, not served.
 *
 * @throws PmError STATE_NOT_SAVED, or what `change` throws; then everything is as it was
 */
export async function runCommand(
  god: God,
  params: JsonObject,
  change: (undo: Undo[]) => Command,
): Promise<OperationStarted> {
  const request = typeof params['request'] === 'string' ? params['request'] : null;
  const known = request === null ? null : god.operations.ofRequest(request);
  if (known !== null) {
    await god.store.save();
    return known;
  }
  const { command, operationId } = await commit(god, (undo) => {
    const command = change(undo);
    return {
      command,
      operationId: prepare(god, undo, command, { request, by: byOf(params), waitMs: waitOf(params) }),
    };
  });
  god.enqueue({ type: 'command', run: () => carryOut(god, operationId, command) });
  failpoint('command.begun');
  const { started = [], restarted = [], notes = [] } = command;
  return { operationId, started, restarted, notes };
}

/** The same for what God does by itself: nothing is desired that was not before, so nothing has to be on disk first. */
export function beginOperation(god: God, command: Command): string {
  const operationId = prepare(god, [], command, { request: null, by: null, waitMs: null });
  god.enqueue({ type: 'command', run: () => carryOut(god, operationId, command) });
  return operationId;
}

/** Who asks. */
interface Asker {
  readonly request: string | null;
  /** The user; null: God himself, or a client that does not say. */
  readonly by: string | null;
  /** So long it waits for the proof; null: as long as listen_timeout says. */
  readonly waitMs: number | null;
}

/** As the client says: only its own user (and root) can reach the socket at all. */
export const byOf = ({ by }: JsonObject): string | null =>
  typeof by === 'string' && /^[^\s\u0000-\u001f]{1,64}$/.test(by) ? by : null;

/** @throws PmError PROTOCOL */
function waitOf({ waitMs }: JsonObject): number | null {
  if (waitMs === undefined) return null;
  if (Number.isSafeInteger(waitMs) && (waitMs as number) >= 1) return waitMs as number;
  throw pmError('PROTOCOL', { why: 'parameter waitMs is no number of at least 1' });
}

/** Puts into the records what the next God would need to carry it out. Tells the id of the operation. */
function prepare(god: God, undo: Undo[], command: Command, { request, by, waitMs }: Asker): string {
  const {
    what,
    starts = [],
    ends = [],
    rollouts = [],
    warnings = [],
    started = [],
    restarted = [],
  } = command;
  const all = new Set([...starts, ...ends, ...rollouts.flatMap(({ instances }) => instances)]);
  const operation = {
    what,
    request,
    started,
    restarted,
    instanceIds: [...all].map(({ record }) => record.id),
    goals: [...goalsOf(command)],
    rollouts: rollouts.map(({ app }) => app.record.id),
    warnings,
    deadlineMs: waitMs ?? budgetMs(command),
    isPatient: waitMs !== null,
  };
  const id = god.operations.begin(operation, undo);
  for (const { record } of all) assign(undo, record, { askedBy: by });
  for (const { record } of starts)
    assign(undo, record, { counters: NO_RESTARTS, errored: null, waiting: null });
  for (const { app } of ends) setRollout(undo, app, null);
  for (const { kind, app, instances, next, previous, mode, parallel, occasion } of rollouts) {
    const rollout = recordRollout(app, {
      id,
      kind,
      pending: instances.map(({ record }) => record.id),
      next,
      previous,
      mode: mode ?? 'rolling',
      occasion: occasion ?? { cause: kind, reason: `${kind}ing` },
      parallel: parallel ?? null,
    });
    setRollout(undo, app, rollout);
  }
  return id;
}

/**
 * A command that ends instances ends the rollout of their app too. Written with it: a God that dies before the command is
 * carried out would have its successor go on with that rollout, which means to have them running.
 */
function setRollout(undo: Undo[], app: App, rollout: RolloutRecord | null): void {
  const { rollout: before } = app.record;
  if (before?.next != null) {
    const overtaken = { ...before.next, failure: 'another command came before it had ended' };
    assign(undo, app.record, { others: withFailed(app.record, overtaken, generationsInUse(app)) });
  }
  app.record.rollout = rollout;
  undo.push(() => {
    // It may have come to its end meanwhile.
    app.record.rollout = before?.id === app.rollout?.id ? before : null;
  });
}

const goalsOf = ({ starts = [], ends = [] }: Command): Map<number, Goal> =>
  new Map<number, Goal>([
    ...starts.map(({ record }): [number, Goal] => [record.id, 'online']),
    ...ends.map(({ record }): [number, Goal] => [
      record.id,
      record.desired === 'stopped' ? 'stopped' : 'gone',
    ]),
  ]);

/**
 * Starts, ends and renews instances as one event of the loop. What an older command still wanted of these instances is
 * given up: the newer one goes before it.
 */
function carryOut(god: God, operationId: string, command: Command): void {
  const { starts = [], ends = [], rollouts = [] } = command;
  const renewed = rollouts.flatMap(({ instances }) => instances);
  const wanted = renewed.map(({ record }): [number, Goal] => [record.id, 'online']);
  god.operations.overtake(new Map([...goalsOf(command), ...wanted]));
  for (const app of new Set([...ends, ...renewed].map((instance) => instance.app))) cancelRollout(god, app);
  for (const instance of starts) {
    forgetFailures(instance);
    startAgain(god, instance, 'starting');
  }
  for (const instance of ends) {
    hurryOrphans(god, instance);
    settle(god, instance);
  }
  for (const { app, kind, previous } of rollouts) {
    const { rollout } = app.record;
    // Overtaken already by a command that came while this one was written.
    if (rollout?.id !== operationId) {
      const what = `The change of ${app.record.spec.name}`;
      god.operations.rolloutEnded(operationId, app.record.id, pmError('SUPERSEDED', { what }));
      continue;
    }
    if (kind === 'restart') movePidFiles(god, app, specOfGeneration(app.record, previous));
    beginRollout(god, app, rollout);
  }
  god.operations.checkAll((instanceId) => god.world.instances.get(instanceId));
}

/** Each start waits for a boot slot and perhaps for its shim: allowed for beyond what the app itself may take. */
const START_ALLOWANCE_MS = 20_000;
const START_ALLOWANCE_EACH_MS = 500;

/** The longest that all this may take by the app's own settings. One after the other where they go one by one. */
function budgetMs({ starts = [], ends = [], rollouts = [] }: Command): number {
  const longest = (times: readonly number[]): number => Math.max(0, ...times);
  const startMs = ({ app, tookMs }: Instance): number =>
    patienceMsOf(app.record.spec, tookMs) + app.record.spec.killTimeoutMs;
  const endMs = ({ app }: Instance): number => longestEndMs(app.record.spec, 'restart');
  const renewMs = rollouts.map(({ instances }) =>
    instances.reduce((sum, instance) => sum + startMs(instance) + endMs(instance), 0),
  );
  const each = (starts.length + rollouts.length) * START_ALLOWANCE_EACH_MS;
  return (
    START_ALLOWANCE_MS + each + longest(starts.map(startMs)) + longest(ends.map(endMs)) + longest(renewMs)
  );
}
