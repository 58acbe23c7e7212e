import type { Cron } from 'croner';
import { reasonOf } from '../../errors';
import type { God } from '../god';
import { CALL_DEADLINE_MS } from '../shims/handle';
import { currentWorker, instancesOf, type App } from '../world';

/** `log_rotate`: God's clock tells the shims when. By size they rotate by themselves. */
export interface LogRotationTrigger {
  /** Some app may have come, gone or changed. */
  look(): void;
}

interface Job {
  readonly pattern: string;
  readonly cron: Cron;
}

export function watchLogRotation(god: () => God): LogRotationTrigger {
  const jobs = new Map<string, Job>();
  let isLooking = false;

  const update = async (): Promise<void> => {
    const wanted = new Map(
      [...god().world.apps.values()].flatMap((app): [string, string][] => {
        const pattern = app.record.spec.logRotate ?? '0';
        return pattern === '0' || god().ending ? [] : [[app.record.id, pattern]];
      }),
    );
    for (const [id, { pattern, cron }] of jobs) {
      if (wanted.get(id) === pattern) continue;
      cron.stop();
      jobs.delete(id);
    }
    if (wanted.size === 0) return;
    // Loaded when the first app asks for it: a God without any does not carry it.
    const { Cron } = await import('croner');
    for (const [id, pattern] of wanted) {
      if (jobs.has(id)) continue;
      const cron = new Cron(pattern, { unref: true }, () => {
        const app = god().world.apps.get(id);
        if (app !== undefined) void rotateLogs(god(), app);
      });
      jobs.set(id, { pattern, cron });
    }
  };

  return {
    look: () => {
      if (isLooking) return;
      isLooking = true;
      // Once for all that happens in this turn.
      setImmediate(() => {
        isLooking = false;
        update().catch((error: unknown) => god().log(`log_rotate: ${reasonOf(error)}`));
      });
    },
  };
}

/** All files of an app's running workers, each once. */
async function rotateLogs(god: God, app: App): Promise<void> {
  const keys = new Map<string, string[]>();
  for (const instance of instancesOf(god.world, app)) {
    const worker = currentWorker(god.world, instance);
    if (worker !== null) keys.set(worker.shimId, [...(keys.get(worker.shimId) ?? []), worker.key]);
  }
  for (const [shimId, ofShim] of keys) {
    try {
      await god.shims
        .get(shimId)
        ?.client.call('rotateLogs', { keys: ofShim }, { deadlineMs: CALL_DEADLINE_MS });
    } catch (error) {
      god.log(`shim ${shimId} did not rotate the logs of ${app.record.spec.name}: ${reasonOf(error)}`);
    }
  }
}
