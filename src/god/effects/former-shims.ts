import { setTimeout as delay } from 'node:timers/promises';
import type { ActionOf } from '../core/actions';
import type { God } from '../core/god';
import { appOfShim, placeApp } from '../policy/placement';
import type { App } from '../core/world';
import { longestEndMs } from './ladder';

const LOOK_EVERY_MS = 20;

/**
 * An app that has moved to another shim (another mode, another Node): what it listened on is held by the one before
 * until its last worker has gone and it has been sent away. Whoever is started anew waits for that; not for ever,
 * because an address that is taken tells more than a start that never comes.
 */
export async function formerShimsLeft(
  god: God,
  { instanceId, key }: ActionOf<'start-worker'>,
): Promise<void> {
  const app = god.world.instances.get(instanceId)?.app;
  if (app === undefined) return;
  const endTick = performance.now() + longestEndMs(app.record.spec, 'restart');
  while (hasWorkersElsewhere(god, app)) {
    if (performance.now() >= endTick || !god.world.workers.has(key)) return;
    await delay(LOOK_EVERY_MS);
  }
  const { shimId } = placeApp(app.record, god.settings.nodePath);
  const former = god.shims.all().filter(({ id }) => id !== shimId && appOfShim(id) === app.record.id);
  await Promise.all(former.map(({ id }) => god.shims.dismiss(id)));
}

function hasWorkersElsewhere(god: God, { record }: App): boolean {
  const { shimId } = placeApp(record, god.settings.nodePath);
  const own = new Set(record.instances.map(({ id }) => id));
  return [...god.world.workers.values()].some(
    (worker) => worker.sent && worker.shimId !== shimId && own.has(worker.instanceId),
  );
}
