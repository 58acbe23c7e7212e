import type { God } from '../core/god';
import { beginOperation } from '../loop/commands';
import type { RolloutKind } from '../policy/rollout';
import type { Occasion } from '../store/records';
import { instancesOf, labelOf, type App, type Instance } from '../core/world';

/** Instances that a trigger may start: those that run, and those that ended without having been stopped by anybody. */
export const startableInstances = (god: God, app: App): Instance[] =>
  instancesOf(god.world, app).filter(
    ({ record }) => record.desired === 'running' || (record.desired === 'stopped' && record.endedByItself),
  );

/**
 * Renews instances of an app by God's own accord, in the way that a command would.
 *
 * @returns false when a command is at work on the app, which goes first, or when its shim is silent and nobody knows what
 * it does: whoever asked may ask again
 */
export function renewInstances(
  god: God,
  app: App,
  instances: readonly Instance[],
  kind: RolloutKind,
  occasion: Occasion,
): boolean {
  // The record too: a command may be on its way to disk.
  if (app.rollout !== null || app.record.rollout !== null || god.ending) return false;
  if (instances.some(({ state }) => state.name === 'unreachable')) return false;
  const there = instances.filter(({ record }) => god.world.instances.has(record.id));
  if (there.length === 0) return true;
  god.log(`${there.map(labelOf).join(', ')}: ${occasion.reason}`);
  beginOperation(god, {
    what: `The ${kind} of ${app.record.spec.name} (${occasion.cause})`,
    rollouts: [{ kind, app, instances: there, next: null, previous: app.record.generation.number, occasion }],
  });
  return true;
}
