import { cpSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { app, createHome, type TestHome } from '../../rig/home';
import { entryOf, startGodOf, TODAY } from '../../rig/releases';
import { runPm, type RunResult } from '../../rig/run';
import manifest from '../../../package.json';

const OTHER = '99.0.0';
const hint = (god: string, cli: string): string =>
  `God runs version ${god}, this is ${cli}: what one of them does not know yet may be refused (apps are not touched)`;

describe('a CLI and a God of different versions', () => {
  let home: TestHome;
  let other: string;
  beforeEach(() => {
    home = createHome();
    other = join(home.cwd, 'pm/dist');
    cpSync(TODAY, other, { recursive: true });
    for (const name of readdirSync(other, { recursive: true, encoding: 'utf8' }))
      if (name.endsWith('.js') && !name.startsWith('vendor')) renumber(join(other, name));
    expect(readFileSync(entryOf(other, 'god'), 'utf8')).toContain(OTHER);
  });
  afterEach(() => home.dispose());

  /** The same program under another number. */
  function renumber(path: string): void {
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replaceAll(manifest.version, OTHER));
  }

  /** Every command, what it said about the versions. */
  async function useIt(pm: (args: readonly string[]) => Promise<RunResult>): Promise<string[]> {
    const said: string[] = [];
    for (const args of [
      ['start', app('server.js'), '-i', '2'],
      ['list'],
      ['reload', 'server'],
      ['restart', 'server'],
      ['scale', 'server', '3'],
      ['stop', 'server'],
      ['describe', '0'],
      ['save'],
      ['delete', 'all'],
    ]) {
      const { code, stdout, stderr } = await pm(args);
      expect({ args, code, stdout, stderr }).toMatchObject({ code: 0 });
      said.push(`${args[0]}: ${stderr.trim()}`);
    }
    return said;
  }

  test('get along: one line says so, to stderr, and everything works; pm update ends it', async () => {
    await startGodOf(home, other);
    for (const line of await useIt((args) => home.pm(args)))
      expect(line).toMatch(
        new RegExp(`^[a-z]+: [^\\n]*${hint(OTHER, manifest.version).slice(0, 40)}[^\\n]*$`),
      );
    await home.ok(['update']);
    expect((await home.ok(['list'])).stderr).toBe('');
  });

  test('get along when the CLI is the newer one', async () => {
    await home.ok(['ping']);
    const program = join(other, 'cli/main.js');
    const pm = (args: readonly string[]): Promise<RunResult> =>
      runPm(args, { cwd: home.cwd, env: home.env, program });
    for (const line of await useIt(pm)) expect(line).toContain(hint(manifest.version, OTHER));
  });
});
