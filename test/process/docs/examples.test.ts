import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { createHome, type TestHome } from '../../rig/home';
import { freePort, get } from '../../rig/http';

/* The commands that the docs show are run as they stand, in order, on what they talk about. */

const DOCS = join(__dirname, '../../..');
const read = (page: string): string => readFileSync(join(DOCS, page), 'utf8');

/** The lines of every ```sh block that begin with `pm`, without their comments. */
const commandsOf = (page: string): string[] =>
  [...read(page).matchAll(/```sh\n([\s\S]*?)```/g)]
    .flatMap(([, block = '']) => block.split('\n'))
    .map((line) => line.replace(/\s+#.*$/, '').trim())
    .filter((line) => line.startsWith('pm '));

/** As a shell splits it, for the quotes that the docs use. */
const wordsOf = (line: string): string[] =>
  [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '').slice(1);

let home: TestHome;
beforeEach(() => {
  home = createHome();
});
afterEach(() => home.dispose());

test('the README', async () => {
  const port = await freePort();
  const other = await freePort();
  const server = `require('http').createServer((q, r) => r.end('ok')).listen(process.env.PORT);`;
  home.write('app.js', server);
  home.write('other.js', server);
  home.write(
    'ecosystem.config.js',
    `module.exports = { apps: [{ name: 'other', script: './other.js', env_production: { PORT: ${other} } }] };`,
  );
  const commands = commandsOf('README.md');
  expect(commands.length).toBeGreaterThan(8);
  for (const command of commands) await runAsShown(command, { PORT: String(port) });
});

test('getting started', async () => {
  const ports = [await freePort(), await freePort()];
  const [, config = ''] = /```js\n([\s\S]*?)```/.exec(read('docs/getting-started.md')) ?? [];
  home.write('ecosystem.config.js', config.replace('3000', String(ports[0])));
  const server = `require('http').createServer((q, r) => r.end('ok')).listen(process.env.PORT);`;
  home.write('app.js', server);
  home.write('api.js', server);
  home.write('jobs.py', 'import time\nwhile True: time.sleep(1)\n');
  const commands = commandsOf('docs/getting-started.md');
  expect(commands.length).toBeGreaterThan(4);
  for (const command of commands) await runAsShown(command, { PORT: String(ports[1]) });
});

test('what survives what', async () => {
  home.write('app.js', 'setInterval(() => undefined, 1e6)');
  await home.ok(['start', 'app.js']);
  const before = await home.list();
  // `pm startup` writes to the machine's own folders: test/process/cli/startup.test.ts.
  const commands = commandsOf('docs/surviving.md').filter((command) => command !== 'pm startup');
  expect(commands).toEqual(['pm update', 'pm save', 'pm resurrect', 'pm cleardump']);
  for (const command of commands) await runAsShown(command, {});
  expect((await home.view(0)).pid).toBe(before[0]!.pid);
});

/** The ```js block of a page whose first line is a comment with that file name. */
const fileIn = (page: string, name: string): string => {
  const blocks = [...read(page).matchAll(/```js\n([\s\S]*?)```/g)].map(([, block = '']) => block);
  const found = blocks.find((block) => block.startsWith(`// ${name}\n`));
  if (found === undefined) throw new Error(`${page} shows no ${name}`);
  return found;
};

test('zero downtime: the commands, and the app that says goodbye', async () => {
  const page = 'docs/zero-downtime.md';
  const port = await freePort();
  const single = await freePort();
  home.write('app.js', fileIn(page, 'app.js'));
  const bySelf = `env: { PORT: '${single}' }, hold_listeners: true`;
  home.write('single.js', fileIn(page, 'app.js'));
  home.write(
    'ecosystem.config.js',
    fileIn(page, 'ecosystem.config.js').replace('hold_listeners: true', bySelf),
  );
  const commands = commandsOf(page);
  expect(commands.length).toBeGreaterThan(5);
  for (const command of commands) {
    const stream = command === 'pm reload app' ? eventStream(port) : null;
    await stream?.begun;
    await runAsShown(command, { PORT: String(port) });
    if (stream !== null) expect(await stream.ended).toBe('complete');
  }
  expect((await get({ port: single })).body).toBe('hello\n');
});

/** A stream of events, until it ends: whole, or cut. */
function eventStream(port: number): { begun: Promise<unknown>; ended: Promise<'complete' | 'cut'> } {
  const sent = request({ port, path: '/events', agent: false }).end();
  const begun = once(sent, 'response') as Promise<[IncomingMessage]>;
  const ended = begun.then(async ([response]) => {
    response.resume().on('error', () => undefined);
    await once(response, 'close');
    return response.complete ? 'complete' : 'cut';
  });
  return { begun, ended };
}

test('balancing', async () => {
  const port = await freePort();
  const server = `require('http').createServer((q, r) => r.end('ok')).listen(process.env.PORT);`;
  home.write('app.js', server);
  const commands = commandsOf('docs/balancing.md');
  expect(commands.length).toBeGreaterThan(1);
  for (const command of commands) await runAsShown(command, { PORT: String(port) });
});

/** An app that is there already is shown anew on another page's line: the reader would have deleted it. */
async function runAsShown(line: string, env: Record<string, string>): Promise<void> {
  const words = wordsOf(line);
  // Following never ends; the rest is the same.
  const args = words[0] === 'logs' ? [...words, '--nostream'] : words;
  if (words[0] === 'start') await home.pm(['delete', 'all', '-s']);
  // A port of our own instead of python's 8000.
  const ready = args.map((arg) => (arg.includes('http.server') ? `${arg} 0` : arg));
  const result = await home.pm(ready, { env });
  expect({ line, code: result.code, stderr: result.stderr }).toEqual({
    line,
    code: 0,
    stderr: result.stderr,
  });
  if (words[0] === 'start' && line.includes('ecosystem'))
    await home.pm(['start', 'app.js', '-i', '1'], { env });
}
