import type { FlowName } from '../../rig/flows';

/*
 * Every step of every flow × the program that takes it × what may happen to it there: it is killed, the system refuses
 * what it wants to do (ENOSPC, EMFILE, EIO), or it takes a long while. A rule that has not struck fails its test, so
 * this table says what each flow consists of.
 */

export type Program = 'god' | 'shim' | 'worker';
type Steps = Readonly<Partial<Record<Program, string>>>;

const FILE = 'file.open file.write file.sync file.keep-old file.rename file.renamed';
const GOD_WAKES = 'lock locked publish loaded shim.connect found-shims adopted listening';
const GOD_COMMITS = 'commit.changed commit.saved command.begun';
const GOD_STARTS = 'start.sending start.sent event.started event.listening tell.sending tell.sent';
const GOD_SWITCHES = 'switch.saved switch switch.sending';
const GOD_HEARS = 'events.handled events.saved';
const SHIM_STARTS = 'start worker.spawn worker.spawned worker.started bind events admit';
const SHIM_ENDS = 'retire fence worker.exited';
const WORKER_STARTS = 'loaded listen listening';
const WORKER_ENDS = 'drain fenced drained';

export const STEPS: Readonly<Record<FlowName, Steps>> = {
  start: {
    god: `${GOD_WAKES} shim.spawn shim.spawned shim.connected ${GOD_COMMITS} ${FILE} ${GOD_STARTS} ${GOD_HEARS}`,
    shim: `born record ${FILE} listen listening hello configure ${SHIM_STARTS}`,
    worker: WORKER_STARTS,
  },
  crash: {
    god: `event.exited exit.taken ${FILE} ${GOD_STARTS} ${GOD_HEARS}`,
    shim: `worker.exited ${SHIM_STARTS}`,
    worker: WORKER_STARTS,
  },
  adoption: {
    god: `${GOD_WAKES} event.exited exit.taken ${FILE} ${GOD_STARTS} ${GOD_HEARS}`,
    shim: `worker.exited revive revived hello snapshot start worker.spawn worker.spawned worker.started events admit connection ack`,
    worker: `${WORKER_STARTS} connection`,
  },
  upgrade: {
    god: `hand-over.asked hand-over.saved hand-over.answered hand-over.left hand-over.born ${FILE} ${GOD_WAKES} ${GOD_HEARS}`,
    shim: 'hello snapshot events connection ack',
  },
  /** Atomic: there are two of http-app. */
  reload: {
    god: `${GOD_COMMITS} rollout.move ${FILE} start.sending start.sent event.started event.listening ${GOD_SWITCHES} event.exited exit.taken ${GOD_HEARS}`,
    shim: `${SHIM_STARTS} switch fence worker.exited connection ack`,
    worker: `${WORKER_STARTS} ${WORKER_ENDS}`,
  },
  rolling: {
    god: `${GOD_COMMITS} rollout.move ${FILE} ${GOD_STARTS} event.exited exit.taken ${GOD_HEARS}`,
    shim: `${SHIM_STARTS} ${SHIM_ENDS} connection ack`,
    worker: `${WORKER_STARTS} ${WORKER_ENDS}`,
  },
  restart: {
    god: `${GOD_COMMITS} rollout.move ${FILE} ${GOD_STARTS} event.exited exit.taken ${GOD_HEARS}`,
    shim: `${SHIM_STARTS} ${SHIM_ENDS}`,
    worker: `${WORKER_STARTS} ${WORKER_ENDS}`,
  },
  scale: {
    god: `${GOD_COMMITS} ${FILE} ${GOD_STARTS} event.exited exit.taken ${GOD_HEARS}`,
    shim: `${SHIM_STARTS} ${SHIM_ENDS}`,
    worker: `${WORKER_STARTS} ${WORKER_ENDS}`,
  },
  end: {
    god: `${GOD_COMMITS} ${FILE} tell.sending tell.sent event.exited exit.taken ${GOD_HEARS} shim.dismissed`,
    shim: `events ${SHIM_ENDS} quit`,
    worker: WORKER_ENDS,
  },
};

/** What the system may refuse, where it is asked for something. */
const ERRORS: Readonly<Record<string, readonly string[]>> = {
  'god:lock': ['ENOSPC'],
  'god:publish': ['EMFILE'],
  'god:loaded': ['EMFILE'],
  'god:adopted': ['EMFILE'],
  'god:shim.spawn': ['EMFILE'],
  'god:shim.connect': ['EMFILE'],
  'god:file.open': ['EMFILE', 'ENOSPC'],
  'god:file.write': ['ENOSPC', 'EIO'],
  'god:file.sync': ['EIO'],
  'god:file.keep-old': ['ENOSPC'],
  'god:file.rename': ['EIO'],
  'god:tell.sending': ['EIO'],
  'shim:record': ['EIO'],
  'shim:file.open': ['EMFILE'],
  'shim:file.write': ['ENOSPC'],
  'shim:file.sync': ['EIO'],
  'shim:listen': ['EMFILE'],
  'shim:worker.spawn': ['EMFILE'],
  'shim:revive': ['EMFILE'],
};

/** The second pass of these is another instance's, or the one after a save that went well. */
const TWICE = ['rollout.move', 'start.sent', 'event.exited', 'worker.spawned', 'file.rename'];

/** Longer than a shim waits for a God, far shorter than any deadline. */
export const DELAY = 'delay(700)';

export interface Case {
  readonly flow: FlowName;
  readonly program: Program;
  readonly point: string;
  readonly skip: number;
  readonly action: string;
}

export function casesOf(flow: FlowName): Case[] {
  return (Object.entries(STEPS[flow]) as [Program, string][]).flatMap(([program, points]) =>
    points.split(' ').flatMap((point) => {
      const one = { flow, program, point, skip: 0 };
      const isSecond =
        program !== 'worker' &&
        TWICE.includes(point) &&
        (flow === 'reload' || flow === 'rolling' || flow === 'start');
      // Between the steps of one write nothing else can happen: one delay stands for all.
      const isDelayed = !point.startsWith('file.') || point === 'file.sync';
      return [
        { ...one, action: 'crash' },
        ...(isSecond ? [{ ...one, skip: 1, action: 'crash' }] : []),
        ...(ERRORS[`${program}:${point}`] ?? []).map((code) => ({ ...one, action: `error(${code})` })),
        ...(isDelayed ? [{ ...one, action: DELAY }] : []),
      ];
    }),
  );
}

export const inWords = ({ flow, program, point, skip, action }: Case): string =>
  `${program}:${point}@${flow}=${skip === 0 ? '' : `${skip}*off->`}1*${action}`;

/** Some of them in `npm test`: one of each flow and of each kind, of those that have found the most. */
export const SHORT = [
  'god:commit.saved@start=1*crash',
  'god:event.exited@crash=1*crash',
  'god:lock@adoption=1*crash',
  'god:hand-over.saved@upgrade=1*crash',
  'god:file.write@reload=1*error(ENOSPC)',
  'god:switch.saved@reload=1*crash',
  'god:switch.sending@reload=1*crash',
  'shim:switch@reload=1*crash',
  'shim:worker.spawned@reload=1*off->1*crash',
  'worker:listening@reload=1*crash',
  'god:rollout.move@rolling=1*off->1*crash',
  'god:rollout.move@restart=1*crash',
  'shim:worker.spawn@scale=1*error(EMFILE)',
  'god:tell.sent@end=1*crash',
];
