import type { InstanceView } from '../../src/model/instance';
import { sharedAddresses } from '../rig/addresses';
import { FLOWS, letHappen, passesOf, untilQuiet, withPort, type FlowName } from '../rig/flows';
import { app, createHome, type TestHome } from '../rig/home';
import { failed, NONE_FAILED } from '../rig/load';

const isLong = process.env['PM_TEST_LONG'] === '1';

/*
 * Every step of every flow × the program that takes it × what may happen to it there: it is killed, the system refuses
 * what it wants to do (ENOSPC, EMFILE, EIO), or it takes a long while. A rule that has not struck fails its test, so
 * this table says what each flow consists of.
 */

type Program = 'god' | 'shim' | 'worker';
type Steps = Readonly<Partial<Record<Program, string>>>;

const FILE = 'file.open file.write file.sync file.keep-old file.rename file.renamed';
const GOD_WAKES = 'lock locked publish loaded shim.connect found-shims adopted listening';
const GOD_COMMITS = 'commit.changed commit.saved command.begun';
const GOD_STARTS = 'start.sending start.sent event.started event.listening tell.sending tell.sent';
const GOD_HEARS = 'events.handled events.saved';
const SHIM_STARTS = 'start worker.spawn worker.spawned worker.started bind events admit';
const SHIM_ENDS = 'retire fence worker.exited';
const WORKER_STARTS = 'loaded listen listening';
const WORKER_ENDS = 'drain fenced drained';

const STEPS: Readonly<Record<FlowName, Steps>> = {
  start: {
    god: `${GOD_WAKES} shim.spawn shim.spawned shim.connected ${GOD_COMMITS} ${FILE} ${GOD_STARTS} ${GOD_HEARS}`,
    shim: `born record ${FILE} listen listening hello configure ${SHIM_STARTS}`,
    worker: WORKER_STARTS,
  },
  crash: {
    god: `event.exited ${FILE} ${GOD_STARTS} ${GOD_HEARS}`,
    shim: `worker.exited ${SHIM_STARTS}`,
    worker: WORKER_STARTS,
  },
  adoption: {
    god: `${GOD_WAKES} event.exited ${FILE} ${GOD_STARTS} ${GOD_HEARS}`,
    shim: `worker.exited revive revived hello snapshot start worker.spawn worker.spawned worker.started events admit connection ack`,
    worker: `${WORKER_STARTS} connection`,
  },
  upgrade: {
    god: `hand-over.asked hand-over.saved hand-over.answered hand-over.left hand-over.born ${FILE} ${GOD_WAKES} ${GOD_HEARS}`,
    shim: 'hello snapshot events connection ack',
  },
  reload: {
    god: `${GOD_COMMITS} rollout.move ${FILE} ${GOD_STARTS} event.exited ${GOD_HEARS}`,
    shim: `${SHIM_STARTS} ${SHIM_ENDS} connection ack`,
    worker: `${WORKER_STARTS} ${WORKER_ENDS}`,
  },
  restart: {
    god: `${GOD_COMMITS} rollout.move ${FILE} ${GOD_STARTS} event.exited ${GOD_HEARS}`,
    shim: `${SHIM_STARTS} ${SHIM_ENDS}`,
    worker: `${WORKER_STARTS} ${WORKER_ENDS}`,
  },
  scale: {
    god: `${GOD_COMMITS} ${FILE} ${GOD_STARTS} event.exited ${GOD_HEARS}`,
    shim: `${SHIM_STARTS} ${SHIM_ENDS}`,
    worker: `${WORKER_STARTS} ${WORKER_ENDS}`,
  },
  end: {
    god: `${GOD_COMMITS} ${FILE} tell.sending tell.sent event.exited ${GOD_HEARS} shim.dismissed`,
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
const DELAY = 'delay(700)';

interface Case {
  readonly flow: FlowName;
  readonly program: Program;
  readonly point: string;
  readonly skip: number;
  readonly action: string;
}

function casesOf(flow: FlowName): Case[] {
  return (Object.entries(STEPS[flow]) as [Program, string][]).flatMap(([program, points]) =>
    points.split(' ').flatMap((point) => {
      const one = { flow, program, point, skip: 0 };
      const isSecond =
        program !== 'worker' && TWICE.includes(point) && (flow === 'reload' || flow === 'start');
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

const inWords = ({ flow, program, point, skip, action }: Case): string =>
  `${program}:${point}@${flow}=${skip === 0 ? '' : `${skip}*off->`}1*${action}`;

/** Some of them in `npm test`: one of each kind, of those that have found the most. */
const SHORT = [
  'god:commit.saved@start=1*crash',
  'god:lock@adoption=1*crash',
  'god:file.write@reload=1*error(ENOSPC)',
  'shim:worker.spawned@reload=1*off->1*crash',
  'worker:listening@reload=1*crash',
];

const all = (Object.keys(STEPS) as FlowName[]).flatMap(casesOf);
const chosen = isLong ? all : all.filter((one) => SHORT.includes(inWords(one)));

test('the short form names what there is', () => {
  expect(all.map(inWords)).toEqual(expect.arrayContaining(SHORT));
});

/** Whoever is in the middle of an answer when he is killed cannot give it. */
const losesRequests = ({ program, action, point }: Case): boolean =>
  action === 'crash' && (program === 'shim' || (program === 'worker' && point !== 'drained'));

/** There are the instances that the command was to bring. */
function isWanted(views: readonly InstanceView[], [verb, what, count]: readonly string[]): boolean {
  if (verb === 'start') return views.some(({ name }) => what === app(`${name}.js`));
  return verb === 'scale' && views.filter(({ name }) => name === what).length === Number(count);
}

describe.each(chosen.map((one) => [inWords(one), one] as const))('%s', (rule, one) => {
  let home: TestHome;
  beforeEach(() => {
    home = createHome({ failpoints: rule });
    // A God that cannot start says where in pm.log; no user sees it.
    if (one.action.startsWith('error')) home.tolerate(/^pm\.log: a stack trace: /);
  });
  afterEach(() => home.dispose());

  test('every command comes to its end, and nobody is lost or doubled', async () => {
    const { port, env } = await withPort();
    /**
     * A God that dies or hangs for a moment costs nothing. A shim takes its workers along, a worker that dies is a bad
     * deploy, and what the system refuses is told: then the command fails, says why, and works the next time.
     */
    const pm = async (...args: string[]): Promise<void> => {
      const { code, stdout, stderr } = await home.pm(args, { env });
      if (code === 0) return;
      const mayFail = one.action !== DELAY && !(one.program === 'god' && one.action === 'crash');
      expect({ args, code, stdout, stderr, mayFail }).toMatchObject({ code: 1, mayFail: true });
      expect(stderr).not.toMatch(/Internal error/);
      if (!one.action.startsWith('error')) return;
      // What could not be started is wanted all the same, and tried again: said once more it is refused.
      if (!isWanted(await home.list(), args)) await home.ok(args, { env });
    };
    const load = await letHappen(one.flow, { home, port, pm });
    if (load !== null && !losesRequests(one)) expect(failed(await load.stop())).toEqual(NONE_FAILED);
    await load?.stop();
    expect(sharedAddresses(home)).toEqual([]);
    expect(passesOf(home)).toEqual({ [one.point]: one.skip + 1 });
    const { result } = FLOWS[one.flow];
    await home.ok(['delete', 'http-app']);
    await untilQuiet(
      home,
      result.filter((line) => !line.startsWith('http-app')),
    );
  });
});
