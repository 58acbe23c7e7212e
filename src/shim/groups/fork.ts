import { spawn } from 'node:child_process';
import { entryPath } from '../../launch';
import { WORKER_ENV } from '../../protocol/worker';
import type { SpawnWorker } from './group';
import { identityFor } from './identity';

/**
 * A plain process. It leads a process group of its own (`detached`), so that its descendants can be told from
 * everybody else's even when their parent has ended, and so that Ctrl-C in the terminal that started the
 * daemon never reaches it. Every program gets the IPC channel, as under PM2; those that are not Node ignore it.
 */
export const spawnFork: SpawnWorker = (start) => {
  const node = start.preload && start.interpreter !== null;
  const preload = node ? ['--require', entryPath('worker')] : [];
  const command = start.interpreter ?? start.script;
  const args =
    start.interpreter === null
      ? start.args
      : [...start.interpreterArgs, ...preload, start.script, ...start.args];
  const { command: become, options } = identityFor(start);
  const [program = command, ...line] = [...become, command, ...args];
  return spawn(program, line, {
    cwd: start.cwd,
    env: { ...start.env, ...(node ? { [WORKER_ENV]: 'fork' } : {}) },
    stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
    detached: true,
    ...options,
  });
};
