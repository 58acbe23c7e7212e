import type { ControlApi } from '../../protocol/control';
import { CONTROL_PROTOCOL } from '../../protocol/control';
import type { Program } from '../../launch';
import { asParams, checkInteger, checkText } from '../../protocol/guards';
import type { Handlers } from '../../wire';
import type { God } from '../core/god';
import type { Sampler } from '../metrics/sampler';
import { lossNotice } from '../store/state-file';
import { clearDump, resurrect, save } from './dump';
import { list, describe } from './list';
import { reloadLogs } from './logs';
import { apply, plan } from './apply';
import { amend } from './amend';
import { reset } from './reset';
import { input, signal } from './tell';
import { renewTargets } from './restart';
import { history, rollback } from './rollback';
import { scale } from './scale';
import { start } from './start';
import { endTargets } from './stop';

/** A poll that waits longer could not tell a frozen God from a busy one. */
const LONGEST_POLL_MS = 30_000;

/** What ends the process, and is main's to carry out. */
export interface ProcessHandlers {
  readonly kill: () => string;
  readonly handOver: (successor: Program | null) => Promise<Record<never, never>>;
}

/** Everything that a client can ask of God. */
export function makeHandlers(god: God, sampler: Sampler, process_: ProcessHandlers): Handlers<ControlApi> {
  const { settings, home } = god;
  return {
    hello: () => ({
      version: settings.version,
      protocol: CONTROL_PROTOCOL,
      pid: process.pid,
      home: home.path,
      startedAtMs: settings.startedAtMs,
      notice: lossNotice(home.stateFile),
    }),
    ping: () => ({ msg: 'pong' }),
    list: (params) => list(god, sampler, params),
    describe: (params) => describe(god, sampler, params),
    start: (params) => start(god, params),
    plan: (params) => plan(god, params),
    apply: (params) => apply(god, params),
    restart: (params) => renewTargets(god, 'restart', params),
    reload: (params) => renewTargets(god, 'reload', params),
    rollback: (params) => rollback(god, params),
    history: (params) => history(god, params),
    stop: (params) => endTargets(god, 'stopped', params),
    delete: (params) => endTargets(god, 'deleted', params),
    scale: (params) => scale(god, params),
    reset: (params) => reset(god, params),
    signal: (params) => signal(god, params),
    input: (params) => input(god, params),
    save: (params) => save(god, params),
    clearDump: () => clearDump(god),
    resurrect: (params) => resurrect(god, params),
    amend: (params) => amend(god, params),
    operation: (raw) => {
      const params = asParams(raw);
      const waitMs = Math.min(Math.max(0, checkInteger(params, 'waitMs')), LONGEST_POLL_MS);
      return god.operations.poll(checkText(params, 'id'), checkInteger(params, 'afterStep'), waitMs);
    },
    reloadLogs: () => reloadLogs(god),
    handOver: (raw) => {
      const { successor } = asParams(raw);
      if (successor === null) return process_.handOver(null);
      const program = asParams(successor);
      return process_.handOver({
        nodePath: checkText(program, 'nodePath'),
        entry: checkText(program, 'entry'),
      });
    },
    kill: () => ({ operationId: process_.kill(), started: [], restarted: [] }),
  };
}
