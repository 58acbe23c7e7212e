import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { compiledName } from '../../src/cli/compiled';
import type { InstanceView } from '../../src/model/instance';
import { CONTROL_PROTOCOL, type ControlApi } from '../../src/protocol/control';
import { serve } from '../../src/wire';

/**
 * Compiles dist/cli/main.js for the Node that builds (docs/adr/0009-code-cache.md). V8 keeps those functions that have run: so
 * `pm list` is run, on a list that this process answers with.
 *
 * @returns the file's path and content
 */
export async function compileMain(root: string, outDir: string): Promise<[path: string, content: Buffer]> {
  const folder = await mkdtemp(join(tmpdir(), 'pm-build-'));
  const version = (JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string })
    .version;
  const hello = { version, protocol: CONTROL_PROTOCOL, pid: process.pid, home: folder, startedAtMs: 0 };
  const server = await serve<Pick<ControlApi, 'hello' | 'list'>>(join(folder, 'rpc.sock'), {
    hello: () => hello,
    list: () => ({ instances: [sample(0, 'one'), sample(1, 'two')] }),
  });
  try {
    const out = join(folder, 'compiled');
    const recorder = join(root, 'scripts/bundler/record-main.ts');
    const args = [
      '-r',
      'ts-node/register/transpile-only',
      recorder,
      join(outDir, 'cli/main.js'),
      out,
      'list',
    ];
    await promisify(execFile)(process.execPath, args, { cwd: root, env: { PM_HOME: folder } });
    return [join(outDir, 'cli', compiledName()), await readFile(out)];
  } finally {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  }
}

const sample = (id: number, name: string): InstanceView => ({
  id,
  app: '1',
  name,
  namespace: 'default',
  version: '1.0.0',
  slot: id,
  mode: 'fork',
  status: 'online',
  pid: 4000 + id,
  startedAtMs: 0,
  createdAtMs: 0,
  restarts: 0,
  unstableRestarts: 0,
  uniqueId: `${id}`,
  cpuPercent: 0,
  memoryBytes: 50_000_000,
  user: 'nobody',
  watching: false,
  listening: [],
  reason: 'sample',
  nextStartAtMs: null,
  exits: [],
  lastRolloutError: null,
  nodeVersion: null,
  outLogPath: '/dev/null',
  errorLogPath: '/dev/null',
  pidPath: '/dev/null',
});
