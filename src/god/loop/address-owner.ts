import type { ListenAddress } from '../../model/instance';
import { commandLineOf, lookupUser, portHolders, readProcessFacts } from '../../platform';
import type { God } from '../core/god';
import { placeApp } from '../policy/placement';
import { currentWorker, instancesOf, type Instance } from '../core/world';

/** Longer command lines tell no more. */
const MAX_COMMAND_LENGTH = 80;
/** From an app's worker down to the process that listens: a shell, npm, another shell, node. */
const MAX_GENERATIONS = 8;

/** `, in use by app web (pid 123)` or `, in use by pid 99 (nginx: master)`; empty where nothing is known. */
export function ownerInWords(
  god: God,
  failure: { readonly address: ListenAddress; readonly error: string },
): string {
  const { port } = failure.address;
  const owner = failure.error === 'EADDRINUSE' && port !== null ? ownerOf(god, port) : null;
  return owner === null ? '' : `, in use by ${owner}`;
}

/** A program that cannot tell us says it on stderr: `bind: address already in use :8080`. null: no such line. */
export function addressConflictIn(god: God, stderrTail: readonly string[]): string | null {
  for (const line of stderrTail) {
    if (!/EADDRINUSE|address already in use/i.test(line)) continue;
    const port = Number(/[:,] ?(\d{1,5})\b/.exec(line)?.[1]);
    const owner = Number.isNaN(port) ? null : ownerOf(god, port);
    if (owner !== null) return `EADDRINUSE :${port}, in use by ${owner}`;
  }
  return null;
}

/** null: nobody listens there now, or the system does not tell. */
function ownerOf(god: God, port: number): string | null {
  const holders = portHolders(port);
  if (holders === null) return null;
  for (const pid of holders.pids) {
    const instance = instanceBehind(god, pid);
    if (instance === null) continue;
    const { name } = instance.app.record.spec;
    const own = currentWorker(god.world, instance)?.process?.pid;
    return `app ${name} (pid ${own ?? pid})`;
  }
  const [pid] = holders.pids;
  if (pid === undefined) return `a process of user ${lookupUser(holders.uid)?.name ?? holders.uid}`;
  const command = commandLineOf(pid);
  return `pid ${pid} (${command.length > MAX_COMMAND_LENGTH ? `${command.slice(0, MAX_COMMAND_LENGTH)}…` : command})`;
}

/** Whose worker it is or descends from; the listeners of a cluster app are held by its shim. */
function instanceBehind(god: God, pid: number): Instance | null {
  const shim = god.shims.all().find(({ record }) => record.process.pid === pid);
  if (shim !== undefined) {
    const app = [...god.world.apps.values()].find(
      ({ record }) => placeApp(record, god.settings.nodePath).shimId === shim.id,
    );
    return app === undefined ? null : (instancesOf(god.world, app)[0] ?? null);
  }
  let current = pid;
  for (let generation = 0; generation < MAX_GENERATIONS; generation++) {
    const known = [...god.world.workers.values()].find(({ process }) => process?.pid === current);
    if (known !== undefined) return god.world.instances.get(known.instanceId) ?? null;
    const parentPid = readProcessFacts(current)?.parentPid ?? 0;
    if (parentPid <= 1) return null;
    current = parentPid;
  }
  return null;
}
