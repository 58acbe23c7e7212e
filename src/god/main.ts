import { writeFileSync } from 'node:fs';
import { reasonOf } from '../errors';
import { cleanLeftovers, openHome, tryLock, type Home } from '../home';
import { pmVariable } from '../model/variables';
import { recordProgram, reportReady } from '../launch';
import { parseSize } from '../model/units';
import { closeInherited, failpoint, identify, readFailpoints } from '../platform';
import { openPublisher, serve } from '../wire';
import { beginKill, end, handOver, type Daemon } from './process/daemon';
import type { GodSettings } from './core/god';
import { makeHandlers } from './handlers';
import { reloadLogs } from './handlers/logs';
import { logLine, openLog, type LogLimits } from './process/log';
import { makeGod } from './process/make-god';
import { adopt } from './adoption/adopt';
import { findShims } from './adoption/find';

/** A leak of 50 MB a second is stopped within 100 MB of its limit; PM2 looks every 30 s. */
const MEMORY_INTERVAL_MS = 2000;

/** lock → store → adopt → listen → ready. Crash-only: whatever fails on the way ends God, and nothing else. */
async function main(): Promise<void> {
  closeInherited();
  // A full disk or a closed terminal must not end God: the line is lost, God is not.
  process.stdout.on('error', () => undefined);
  readFailpoints('god', process.env);
  let isAdopted = (_daemon: Daemon): void => undefined;
  handleSignals(new Promise((resolve) => (isAdopted = resolve)));
  const home = openHome(process.env);
  process.title =
    pmVariable(process.env, 'DAEMON_TITLE') ?? `PM v${__PM_VERSION__}: God Daemon (${home.path})`;
  failpoint('lock');
  const lock = tryLock(home.lockFile);
  if (!('release' in lock)) {
    reportReady({ already: true });
    process.exit(0);
  }
  failpoint('locked');
  openLog(home.logFile, logLimits(process.env));
  logLine(
    `New PM Daemon started: v${__PM_VERSION__}, pid ${process.pid}, Node ${process.version}, home ${home.path}`,
  );
  failpoint('publish');
  const publisher = await openPublisher(home.pubSocket);
  cleanLeftovers(home);
  const { god, loaded, sampler } = makeGod({
    home,
    settings: readSettings(process.env),
    publish: (packet) => publisher.publish('process:event', packet),
  });
  const daemon: Daemon = { home, lock, god, publisher, server: null, kills: [] };
  failpoint('loaded');
  const shims = await findShims(god);
  failpoint('found-shims');
  if (loaded.source !== 'file' && shims.answering.length > 0) {
    god.log('state: apps run, but what is known of them is old or gone; what their shims tell is taken over');
  }
  god.enqueue({ type: 'command', run: () => adopt(god, shims, loaded.source !== 'file') });
  isAdopted(daemon);
  failpoint('adopted');
  daemon.server = await serve(
    home.rpcSocket,
    makeHandlers(god, sampler, {
      kill: () => beginKill(daemon, exit),
      handOver: (successor) => handOver(daemon, successor, exit),
    }),
  );
  failpoint('listening');
  writePidFile(home);
  reportReady();
  await recordProgram(home).catch((error: unknown) => {
    logLine(`the program could not be noted for boot scripts and shims: ${reasonOf(error)}`);
  });
}

/** For scripts, and the init system. On a full disk it is wrong or missing, but God must be there all the same. */
function writePidFile(home: Home): void {
  try {
    writeFileSync(home.pidFile, String(process.pid), { mode: 0o600 });
  } catch (error) {
    logLine(`${home.pidFile} could not be written: ${reasonOf(error)}`);
  }
}

const exit = (code: number): void => process.exit(code);

/** `PM_LOG_MAX_SIZE` (`10M`, 0: never) and `PM_LOG_KEEP`, of pm.log. */
function logLimits(env: NodeJS.ProcessEnv): LogLimits {
  return {
    maxBytes: parseSize(env['PM_LOG_MAX_SIZE']) ?? undefined,
    keep: /^\d+$/.test(env['PM_LOG_KEEP'] ?? '') ? Number(env['PM_LOG_KEEP']) : undefined,
  };
}

function readSettings(env: NodeJS.ProcessEnv): GodSettings {
  return {
    version: __PM_VERSION__,
    startedAtMs: Date.now(),
    number: identify(process.pid)?.startTicks ?? 0,
    killSignal: pmVariable(env, 'KILL_SIGNAL') ?? 'SIGINT',
    memoryIntervalMs: Math.max(100, Number(pmVariable(env, 'WORKER_INTERVAL')) || MEMORY_INTERVAL_MS),
    backoffResetMs: Number(env['EXP_BACKOFF_RESET_TIMER']) || undefined,
    nodePath: process.execPath,
  };
}

/** @param adopted before that God does not know whom he has to stop: a signal waits for it */
function handleSignals(adopted: Promise<Daemon>): void {
  const onEnd = async (signal: string): Promise<void> => {
    const daemon = await adopted;
    if (daemon.god.ending) return;
    logLine(`${signal}: every app is stopped, then God ends; the next one starts them again`);
    await end(daemon, exit);
  };
  const onReopen = async (): Promise<void> => {
    const { god } = await adopted;
    logLine('SIGUSR2: every log file is opened anew');
    await reloadLogs(god);
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const)
    process.on(signal, () => void onEnd(signal));
  process.on('SIGHUP', () => undefined);
  process.on('SIGUSR2', () => void onReopen());
}

// Crash-only: the shims keep the apps, and one of them revives God.
process.on('uncaughtException', (error) => {
  logLine(`bug: God ends: ${String(error.stack)}`);
  reportReady({ error: reasonOf(error) });
  process.exit(1);
});

main().catch((error: unknown) => {
  logLine(`God could not start: ${error instanceof Error ? String(error.stack) : reasonOf(error)}`);
  reportReady({ error: reasonOf(error) });
  process.exit(1);
});
