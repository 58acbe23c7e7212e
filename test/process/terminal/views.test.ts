import { createHome, type TestHome } from '../../rig/home';
import { linesOf, pmInTerminal } from '../../rig/terminal';
import { until } from '../../rig/wait';
import { widthOf } from '../../../src/cli/render/text-width';

/* What people look at, in a real pseudo-terminal. */

const VIEWS = [
  ['list'],
  ['list', '--sick'],
  ['list', '-m'],
  ['describe', 'all'],
  ['why'],
  ['logs', '--nostream'],
];
const WIDTHS = [60, 80, 120, 200];
/** Clears the screen, where a terminal is let. */
const EVIL = '\u001b[2J';

let home: TestHome;
beforeAll(async () => {
  home = createHome();
  home.write(
    'well.js',
    "console.log('\\u001b[2Jwell \\u001b[32mgreen\\u001b[39m'); setInterval(() => {}, 1e6);",
  );
  home.write(
    'sick.js',
    `console.error('\\u001b[2J/a/path/without/a/blank/${'x'.repeat(150)}'); process.exit(3);`,
  );
  await home.ok(['start', 'well.js', '--name', `well${EVIL}`]);
  await home.ok(['start', 'well.js', '--name', `a-name-of-forty-letters-is-not-so-seldom`, '-f']);
  await home.ok(['start', 'sick.js', '--name', 'sick', '--max-restarts', '2']);
  await home.untilAll('errored', 'sick');
  await until('the log', async () => {
    const { stdout } = await home.ok(['logs', '--nostream', '--raw']);
    return stdout.includes('well');
  });
});
afterAll(() => home.dispose());

const COLOURS = { colour: {}, NO_COLOR: { NO_COLOR: '1' }, 'LANG=C': { LANG: 'C' } };

describe.each(Object.entries(COLOURS))('in a terminal with %s', (mode, env) => {
  test.each(WIDTHS)('every view keeps to %d columns, and nothing acts on the terminal', async (columns) => {
    for (const view of VIEWS) {
      const text = await pmInTerminal(home, view, { columns, env });
      expect(/\u001b\[[\d;]*m/.test(text)).toBe(
        view[0] === 'logs' || (mode !== 'NO_COLOR' && !view.includes('-m')),
      );
      const lines = linesOf(text);
      expect({
        view,
        raw: lines.filter((line) => /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.test(line)),
      }).toEqual({
        view,
        raw: [],
      });
      // A line of a log is the app's, and as long as that made it; `-m` is for programs. The terminal breaks both.
      const tooWide =
        view[0] === 'logs' || view.includes('-m') ? [] : lines.filter((line) => widthOf(line) > columns);
      expect({ view, tooWide }).toEqual({ view, tooWide: [] });
      if (mode === 'LANG=C' && view[0] !== 'logs') expect(text).not.toMatch(/[^\u0000-\u007f]/);
    }
  });
});

test('the description of an app that has ended is as readable in colour as without', async () => {
  const [colour, plain] = await Promise.all([
    pmInTerminal(home, ['describe', 'sick'], { columns: 200 }),
    pmInTerminal(home, ['describe', 'sick'], { columns: 200, env: { NO_COLOR: '1' } }),
  ]);
  expect(colour).not.toBe(plain);
  expect(linesOf(colour)).toEqual(linesOf(plain));
  expect(linesOf(colour).join('\n')).toMatch(/│ when +│ pid +│ cause +│ code +│ after +│ decision +│/);
});

test('the list names the sick one, with its trouble, and on request first', async () => {
  const [, , , first = ''] = linesOf(await pmInTerminal(home, ['list', '--sick'], { columns: 80 }));
  expect(first).toMatch(/ sick .* errored .* crash /);
});

test('names act on no terminal through messages either', async () => {
  const text = await pmInTerminal(home, ['restart', `well${EVIL}`], { columns: 120 });
  expect(text).not.toContain(EVIL);
});

test('a piped view is as wide as it likes, and without colour', async () => {
  const { stdout } = await home.ok(['list']);
  expect(stdout).not.toContain('\u001b');
  expect(stdout).toContain('watching');
});
