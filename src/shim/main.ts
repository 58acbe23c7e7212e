import { rmSync } from 'node:fs';
import { reasonOf } from '../errors';
import { resolveHome, shimPathsAt, tryLock, writeFileAtomic, type Home } from '../home';
import { reportReady } from '../launch';
import { bootId, failpoint, identify, readFailpoints } from '../platform';
import { SHIM_PROTOCOL, type ShimKind, type ShimRecord } from '../protocol/shim';
import { serve } from '../wire';
import { spawnClusterWorker } from './groups/cluster';
import { spawnFork } from './groups/fork';
import { createBroker } from './handles/broker';
import { createJournal } from './journal';
import { createLogFiles } from './logs/log-files';
import { watchGod } from './revive-god';
import { createShimHandlers } from './server';
import { tell } from './tell';
import { createWorkers } from './workers/workers';

/** What apps said last is written before the shim goes, if the disk takes it. */
const LAST_WRITES_MS = 2000;

/** `node dist/shim/main.js <id> fork|cluster`, started by God with PM_HOME in its environment. */
async function main(id: string, kind: ShimKind): Promise<void> {
  process.title = `PM shim ${id}`;
  const env = { ...process.env };
  const home = resolveHome(env);
  readFailpoints('shim', env);
  // cluster.fork copies our environment into every worker: there must be nothing in it (PM2-FACTS §9.20).
  const takeReady = takeOver(env);
  ignoreSignals();

  const paths = shimPathsAt(home, id);
  // A God that dies while he starts us leaves us to the next one, who may have started another already.
  failpoint('born');
  if (!('release' in tryLock(paths.lock))) {
    takeReady({ already: true });
    process.exit(0);
  }
  const record: ShimRecord = {
    id,
    kind,
    protocol: SHIM_PROTOCOL,
    version: __PM_VERSION__,
    process: identify(process.pid) ?? { pid: process.pid, startTicks: 0 },
    bootId: bootId(),
  };
  const journal = createJournal();
  const broker = createBroker(journal);
  const logFiles = createLogFiles();
  const workers = createWorkers(kind === 'fork' ? spawnFork : spawnClusterWorker, journal, logFiles, {
    onMessage: broker.onMessage,
    onDisconnect: broker.forget,
    onExit: broker.forget,
    onOffline: broker.onLeaving,
  });
  const quit = async (): Promise<void> => {
    try {
      broker.closeAll();
      await logFiles.settled(LAST_WRITES_MS);
      rmSync(paths.dir, { recursive: true, force: true });
    } catch (error) {
      // A disk that is read-only. What stays names a shim that is dead.
      tell(`shim ${id}: ${reasonOf(error)}`);
    }
    process.exit(0);
  };
  const god = watchGod(home, {
    env: godEnvironment(env, home),
    ...(env['PM_GOD_NODE'] === undefined ? {} : { nodePath: env['PM_GOD_NODE'] }),
  });
  // The record first: from the moment the socket answers there may be workers, and the next God must find them.
  failpoint('record');
  await writeFileAtomic(paths.record, JSON.stringify(record));
  failpoint('listen');
  await serve(
    paths.socket,
    createShimHandlers({ record, workers, broker, journal, logFiles, quit: () => void quit() }),
    {
      onConnectionCount: god.onConnectionCount,
    },
  );
  failpoint('listening');
  takeReady();
}

/** Empties our environment but keeps what the ready report needs until it is given. */
function takeOver(env: NodeJS.ProcessEnv): typeof reportReady {
  for (const name of Object.keys(process.env)) Reflect.deleteProperty(process.env, name);
  return (report) => {
    Object.assign(process.env, { PM_READY_FD: env['PM_READY_FD'] });
    reportReady(report);
  };
}

/** What a revived God gets is what the first one got. */
function godEnvironment(env: NodeJS.ProcessEnv, home: Home): NodeJS.ProcessEnv {
  const { PM_READY_FD: _fd, PM_GOD_NODE: _node, ...rest } = env;
  return { ...rest, PM_HOME: home.path };
}

/** Those that would end us, but for faults of our own; SIGUSR1 would open a debugger's port. Node sees to the rest. */
const SIGNALS = [
  ...(['SIGHUP', 'SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGPIPE', 'SIGUSR1', 'SIGUSR2'] as const),
  ...(['SIGALRM', 'SIGVTALRM', 'SIGIO', 'SIGPWR', 'SIGXCPU', 'SIGSTKFLT'] as const),
];

/** Only `quit` ends a shim: a stray signal to a session or group must not take the apps down. */
function ignoreSignals(): void {
  for (const signal of SIGNALS) process.on(signal, () => undefined);
}

// A bug in one handler must not end every app of this shim; it is told and lived with.
process.on('uncaughtException', (error) => {
  tell(`shim ${String(process.pid)}: ${error.stack ?? reasonOf(error)}`);
});

const [, , id = '', kind] = process.argv;
main(id, kind === 'cluster' ? 'cluster' : 'fork').catch((error: unknown) => {
  tell(`shim ${id}: ${reasonOf(error)}`);
  process.exit(1);
});
