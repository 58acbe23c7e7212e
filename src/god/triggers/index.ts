import type { God } from '../core/god';
import type { Sampler } from '../metrics/sampler';
import { cronTrigger } from './cron';
import { logRotationTrigger } from './log-rotation';
import { makeMemoryTrigger } from './memory';
import type { OpenTrigger, TriggerKind } from './trigger';
import { watchTrigger } from './watch';

/** What turns the outside – clock, files, memory – into restarts. */
export interface Triggers {
  /** Opens what apps want now and closes what none wants any more. Cheap where nothing has changed. */
  refresh(): void;
}

const KINDS: readonly TriggerKind[] = [cronTrigger, watchTrigger, logRotationTrigger];

export function makeTriggers(god: God, sampler: Sampler, memoryIntervalMs: number): Triggers {
  const open = new Map<string, { readonly text: string; readonly trigger: OpenTrigger }>();
  const memory = makeMemoryTrigger(god, sampler, memoryIntervalMs);

  const close = (name: string): void => {
    open.get(name)?.trigger.close();
    open.delete(name);
  };

  return {
    refresh: () => {
      if (god.ending) {
        for (const name of [...open.keys()]) close(name);
        memory.close();
        return;
      }
      const wanted = new Set<string>();
      for (const app of god.world.apps.values()) {
        KINDS.forEach((kind, index) => {
          const text = kind.wanted(god, app);
          if (text === null) return;
          const name = `${index}:${app.record.id}`;
          wanted.add(name);
          if (open.get(name)?.text === text) return;
          close(name);
          open.set(name, { text, trigger: kind.open(god, app) });
        });
      }
      for (const name of [...open.keys()]) if (!wanted.has(name)) close(name);
      memory.refresh();
    },
  };
}
