import type { God } from '../core/god';
import type { Sampler } from '../metrics/sampler';
import { currentWorker, instancesOf, type App, type Instance } from '../core/world';
import { renewInstances } from './renew';
import type { OpenTrigger } from './trigger';

/** A successor that needs as much from its start would be renewed without end; this often is noticed, and bearable. */
const HOLD_OFF_MS = 10_000;

/** `max_memory_restart`: watches the apps that have a limit, and measures nothing while there is none. */
export interface MemoryTrigger extends OpenTrigger {
  refresh(): void;
}

interface Candidate {
  readonly instance: Instance;
  readonly pid: number;
  readonly limitBytes: number;
}

export function makeMemoryTrigger(god: God, sampler: Sampler, intervalMs: number): MemoryTrigger {
  let timer: NodeJS.Timeout | undefined;
  let isLooking = false;
  const lastTicks = new Map<App, number>();

  const look = async (): Promise<void> => {
    if (isLooking) return;
    isLooking = true;
    try {
      const candidates = candidatesOf(god).filter(
        ({ instance: { app } }) => god.clock.tickMs() - (lastTicks.get(app) ?? -Infinity) >= HOLD_OFF_MS,
      );
      const usageOf = await sampler.fresh(candidates.map(({ pid }) => pid));
      const fat = candidates.filter(
        (one) => usageOf(one.pid).memoryBytes > one.limitBytes && isStill(god, one),
      );
      for (const app of new Set(fat.map(({ instance }) => instance.app))) {
        const own = fat.filter(({ instance }) => instance.app === app);
        const most = Math.max(...own.map(({ pid }) => usageOf(pid).memoryBytes));
        const reason = `memory limit: ${inMb(most)} of ${inMb(own[0]?.limitBytes ?? 0)} (max_memory_restart)`;
        const instances = own.map(({ instance }) => instance);
        const isBegun = renewInstances(god, app, instances, 'reload', { cause: 'memory limit', reason });
        if (isBegun) lastTicks.set(app, god.clock.tickMs());
      }
    } finally {
      isLooking = false;
    }
  };

  return {
    refresh: () => {
      const isWanted = candidatesOf(god).length > 0;
      if (isWanted) timer ??= setInterval(() => void look(), intervalMs);
      else {
        clearInterval(timer);
        timer = undefined;
      }
      for (const app of lastTicks.keys()) if (!god.world.apps.has(app.record.id)) lastTicks.delete(app);
    },
    close: () => clearInterval(timer),
  };
}

/** Online instances of apps with a limit; one that is starting is not judged by what it needs for that. */
function candidatesOf(god: God): Candidate[] {
  return [...god.world.apps.values()].flatMap((app) => {
    const limitBytes = app.record.spec.maxMemoryRestartBytes;
    if (limitBytes === undefined) return [];
    return instancesOf(god.world, app).flatMap((instance) => {
      const pid =
        instance.state.name === 'online' ? currentWorker(god.world, instance)?.process?.pid : undefined;
      return pid === undefined ? [] : [{ instance, pid, limitBytes }];
    });
  });
}

/** Measuring took a while: it must still be that worker. */
const isStill = (god: God, { instance, pid }: Candidate): boolean =>
  instance.state.name === 'online' && currentWorker(god.world, instance)?.process?.pid === pid;

const inMb = (bytes: number): string => `${(bytes / 1024 ** 2).toFixed(1)} MB`;
