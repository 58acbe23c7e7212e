import { commandLineOf, failpoint } from '../../platform';
import { MAX_KEPT_EXITS, type ExitCause, type ExitReport, type ProcessIdentity } from '../../model/instance';
import { pidPathOf } from '../../logs/names';
import type { God } from '../core/god';
import type { ExitDecision, InstanceState } from '../core/lifecycle';
import { judgeEnd } from '../policy/exit-words';
import { decideRestart, type ExitFacts } from '../policy/restart';
import { specOfGeneration } from '../store/generations';
import { labelOf, specOf, type Instance, type Worker } from '../core/world';
import { addressConflictIn } from './address-owner';
import { applyEvent, freshKey, settle } from './instance';
import type { AttemptFailure } from '../policy/rollout';
import { advance, attemptEnded, awaitsSwitch, held } from './rollouts';

/** The end of a worker as it came. `cause` is what it looks like; what pm had asked for goes before it. */
export interface WorkerEnd {
  readonly pid: number;
  readonly code: number | null;
  readonly signal: string | null;
  readonly atMs: number;
  readonly uptimeMs: number;
  readonly stderrTail: readonly string[];
  readonly cause: ExitCause;
  /** Why it never ran, or why its shim is gone. */
  readonly error: string | null;
  /** Pids of its tree that could not be ended. */
  readonly leftovers?: readonly number[];
  /** Processes of its tree that go on, because it ended with code 0 and nobody follows. */
  readonly leftAlone?: readonly ProcessIdentity[];
  readonly oomKill?: 'cgroup' | 'machine';
  /** It could not listen, and did not do so anywhere else: `EADDRINUSE :3000, in use by app web`. */
  readonly listenError?: string;
}

/** An end, and what is made of it. */
type JudgedEnd = WorkerEnd & { readonly words: string };

/** A worker is no more: kept in the records, decided about, and the instance goes on from there. */
export function onWorkerEnd(god: God, instance: Instance, worker: Worker, end: WorkerEnd): void {
  const { record, state } = instance;
  const asked = record.retiring.find(({ key }) => key === worker.key);
  const told = asked?.cause;
  god.world.workers.delete(worker.key);
  god.timers.clear(`look:${worker.key}`);
  record.retiring = record.retiring.filter(({ key }) => key !== worker.key);
  record.processes = record.processes.filter(({ key }) => key !== worker.key);
  failpoint('exit.taken');
  // Given up before its start was sent: there was no process, so there is no end to report.
  const error = worker.sent || told === undefined ? end.error : null;
  const listenError = listenErrorOf(god, worker, end);
  const facts = {
    ...end,
    listenError,
    error,
    told: told ?? null,
    why: asked?.why ?? null,
    oomKill: end.oomKill ?? null,
  };
  const { killTimeoutMs } = specOfGeneration(instance.app.record, worker.generation);
  const judgement = judgeEnd({ ...facts, killTimeoutMs });
  const known: JudgedEnd = { ...end, error, ...(listenError === null ? {} : { listenError }), ...judgement };
  if ('key' in state && state.key === worker.key) currentEnded(god, instance, state, known);
  else if ('candidate' in state && state.candidate === worker.key) candidateEnded(god, instance, known);
  else {
    const { failure } = worker;
    keepReport(
      god,
      instance,
      known,
      failure === undefined ? 'it had been replaced' : 'the worker before it goes on',
    );
    settle(god, instance);
    if (failure !== undefined && failure.rolloutId === instance.app.rollout?.id)
      attemptEnded(god, instance, { ...failureOf(known), why: failure.why });
  }
  god.store.saveLater();
}

/** Who cannot listen mostly ends at once; those that cannot tell us say it on stderr. */
function listenErrorOf(god: God, worker: Worker, { code, stderrTail }: WorkerEnd): string | null {
  if (worker.listening.length > 0) return null;
  return worker.listenError ?? (code === 0 || code === null ? null : addressConflictIn(god, stderrTail));
}

function currentEnded(god: God, instance: Instance, state: InstanceState, end: JudgedEnd): void {
  const { record, app } = instance;
  const asked = askedFor(god, instance, state);
  const decision: ExitDecision =
    asked === null
      ? held(
          god,
          instance,
          // One that never got ready did not run, however long that took.
          decideAfter(god, instance, {
            code: end.code,
            uptimeMs: end.cause === 'not ready' ? 0 : end.uptimeMs,
          }),
        )
      : { kind: 'stopped', reason: `${asked}${leftoversInWords(end)}` };
  keepReport(god, instance, end, `${decision.reason}${asked === null ? restInWords(end) : ''}`);
  // The policy has spoken: it is not meant to run any more, and a new God must not start it again.
  if (asked === null && decision.kind === 'stopped') {
    record.desired = 'stopped';
    record.endedByItself = true;
  }
  god.act({
    kind: 'remove-pid-file',
    path: pidPathOf(app.record.spec, record.id, god.home),
    spec: app.record.spec,
  });
  const awaits = awaitsSwitch(app);
  applyEvent(god, instance, { name: 'exited', key: freshKey(instance), decision, awaits });
  if (app.rollout !== null) advance(god, app);
  if (state.name === 'launching' || (state.name === 'stopping' && state.cause === 'not ready')) {
    const why = state.name === 'stopping' ? state.reason : endInWords(end);
    attemptEnded(god, instance, {
      why: `${why}; ${decision.reason}`,
      ...failureOf(end),
    });
  }
}

/** Why nothing has to be decided: somebody wanted the end, or what comes next is on its way. */
function askedFor(god: God, { record }: Instance, state: InstanceState): string | null {
  if (state.name === 'stopping' && state.cause !== 'not ready' && state.cause !== 'offline')
    return state.reason;
  if (state.name === 'replacing') return 'its replacement is on the way';
  if (god.ending) return 'God is ending';
  return record.desired === 'running' ? null : 'it is not wanted any more';
}

/** What the limits say to an end that nobody asked for; it counts from here on. */
export function decideAfter(god: God, instance: Instance, exit: ExitFacts): ExitDecision {
  const { record } = instance;
  const { decision, counters } = decideRestart({
    exit,
    limits: specOf(instance),
    counters: record.counters,
    nowMs: god.clock.nowMs(),
    random: god.clock.random(),
    backoffResetMs: god.settings.backoffResetMs,
  });
  record.counters = counters;
  return decision;
}

/** What of its tree is still there, with what it is: it is looked for where the app seems to be gone. */
function restInWords({ leftovers = [], leftAlone = [] }: WorkerEnd): string {
  const named = (pids: readonly number[]): string =>
    pids.map((pid) => `pid ${pid} (${commandLineOf(pid).slice(0, 80)})`).join(', ');
  return [
    ...(leftovers.length > 0 ? [`; still running and not to be ended: ${named(leftovers)}`] : []),
    ...(leftAlone.length > 0 ? [`; what it started goes on: ${named(leftAlone.map(({ pid }) => pid))}`] : []),
  ].join('');
}

/** A process of its tree that cannot be ended may hold the port that the next worker wants: it must be seen. */
const leftoversInWords = ({ leftovers = [] }: WorkerEnd): string =>
  leftovers.length === 0 ? '' : `; still running and not to be ended: pid ${leftovers.join(', ')}`;

function candidateEnded(god: God, instance: Instance, end: JudgedEnd): void {
  const why = endInWords(end);
  keepReport(god, instance, end, 'the worker before it goes on');
  applyEvent(god, instance, {
    name: 'candidate failed',
    key: freshKey(instance),
    alive: false,
    cause: 'not ready',
    reason: `the new worker failed: ${why}`,
  });
  attemptEnded(god, instance, { why, ...failureOf(end) });
}

const failureOf = ({ stderrTail, cause, listenError }: JudgedEnd): Omit<AttemptFailure, 'why'> => ({
  stderr: stderrTail,
  cause,
  couldListen: listenError === undefined,
});

function keepReport(god: God, instance: Instance, end: JudgedEnd, decision: string): void {
  const { record, app } = instance;
  const { atMs, pid, code, signal, uptimeMs, stderrTail, cause, words } = end;
  if (pid === 0 && end.error === null) return;
  const report: ExitReport = { atMs, pid, code, signal, uptimeMs, cause, words, decision, stderrTail };
  record.exits = [...record.exits, report].slice(-MAX_KEPT_EXITS);
  god.log(`${labelOf(instance)} ${endInWords(end)} (pid ${pid}, ${cause}: ${words}): ${decision}`);
  god.publish({
    event: 'exit',
    id: record.id,
    name: app.record.spec.name,
    namespace: app.record.spec.namespace,
    reason: endInWords(end),
    atMs,
  });
}

/** `exited with code 1`, `was ended by SIGKILL`, `could not be started: spawn ENOENT`. */
export function endInWords({
  code,
  signal,
  cause,
  error,
  listenError,
}: Pick<WorkerEnd, 'code' | 'signal' | 'cause' | 'error' | 'listenError'>): string {
  if (cause === 'shim lost') return 'lost its shim';
  if (error !== null) return `could not be started: ${error}`;
  if (signal !== null) return `was ended by ${signal}`;
  const because = listenError === undefined ? '' : ` (could not listen: ${listenError})`;
  return `exited with code ${code ?? 'unknown'}${because}`;
}
