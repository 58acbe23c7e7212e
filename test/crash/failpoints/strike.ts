import type { InstanceView } from '../../../src/model/instance';
import { sharedAddresses } from '../../rig/addresses';
import { FLOWS, letHappen, passesOf, untilQuiet, withPort, type FlowName } from '../../rig/flows';
import { app, createHome, type TestHome } from '../../rig/home';
import { failed, NONE_FAILED } from '../../rig/load';
import { DELAY, SHORT, casesOf, inWords, type Case } from './cases';

const isLong = process.env['PM_TEST_LONG'] === '1';

/** Whoever is in the middle of an answer when he is killed cannot give it. */
const losesRequests = ({ program, action, point }: Case): boolean =>
  action === 'crash' && (program === 'shim' || (program === 'worker' && point !== 'drained'));

/** There are the instances that the command was to bring. */
function isWanted(views: readonly InstanceView[], [verb, what, count]: readonly string[]): boolean {
  if (verb === 'start') return views.some(({ name }) => what === app(`${name}.js`));
  return verb === 'scale' && views.filter(({ name }) => name === what).length === Number(count);
}

/** The tests of one flow. */
export function strikeIn(flow: FlowName): void {
  const all = casesOf(flow);
  const chosen = isLong ? all : all.filter((one) => SHORT.includes(inWords(one)));
  describe.each(chosen.map((one) => [inWords(one), one] as const))('%s', strike);
}

function strike(rule: string, one: Case): void {
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
}
