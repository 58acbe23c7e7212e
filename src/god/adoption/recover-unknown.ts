import { readdirSync, readFileSync } from 'node:fs';
import type { God } from '../core/god';
import { parseKey } from '../policy/adopt';
import { recoverInstance } from '../store/recover';
import { addApp, addInstance } from '../core/world';
import type { FoundShim } from './find';

/** Workers that no state names are entered into it as they run, so that they can be seen, stopped and deleted. */
export function recoverUnknown(god: God, { handle, workers }: FoundShim): void {
  for (const report of workers) {
    const id = parseKey(report.key)?.instanceId;
    if (id === undefined || god.world.instances.has(id)) continue;
    const { app, instance } = recoverInstance(
      god.store.state,
      handle.record,
      report,
      god.clock.nowMs(),
      nameInPidFiles(god, id, report.process.pid),
    );
    const known = god.world.apps.get(app.id);
    if (known === undefined) addApp(god.world, app);
    else addInstance(god.world, known, instance);
    god.log(
      `${app.spec.name}#${id} was not in the state that could be read: kept as it runs (pid ${report.process.pid})`,
    );
  }
}

/** The pid file of a worker is called after its app: `pids/<name>-<id>.pid`. */
function nameInPidFiles({ home: { pidsDir } }: God, id: number, pid: number): string | undefined {
  const end = `-${id}.pid`;
  try {
    return readdirSync(pidsDir)
      .find((name) => name.endsWith(end) && readFileSync(`${pidsDir}/${name}`, 'utf8') === String(pid))
      ?.slice(0, -end.length);
  } catch {
    return undefined;
  }
}
