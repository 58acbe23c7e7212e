import type { ReloadMode } from '../../model/reload-mode';
import { availableMemory } from '../../platform';
import type { God } from '../core/god';
import { residentBytesOf } from '../metrics/measure';
import { placeApp } from '../policy/placement';
import { decideReloadMode, type ModeChoice } from '../policy/reload-mode';
import { currentWorker, type App, type Instance } from '../core/world';

/** How each app is reloaded, and a line about it where it is not as usual. */
export interface ReloadModes {
  of(app: App): { readonly mode: ModeChoice['mode']; readonly note: string | null };
}

/** Measures what two of everything would take, before a reload is planned. */
export async function decideModes(
  god: God,
  instances: readonly Instance[],
  asked: ReloadMode,
): Promise<ReloadModes> {
  const availableBytes = asked === 'auto' ? await availableMemory() : null;
  const choices = new Map<App, ModeChoice>();
  for (const app of new Set(instances.map((one) => one.app))) {
    const own = instances.filter((one) => one.app === app);
    const pids = own.flatMap((one) => currentWorker(god.world, one)?.process?.pid ?? []);
    const neededBytes = asked === 'auto' ? await residentBytesOf(pids) : null;
    const canShare = placeApp(app.record, god.settings.nodePath).kind === 'cluster';
    choices.set(
      app,
      decideReloadMode(asked, { neededBytes, availableBytes, serving: pids.length, canShare }),
    );
  }
  return {
    of: (app) => {
      const { mode, why } = choices.get(app) ?? { mode: 'rolling' as const, why: null };
      return { mode, note: why === null ? null : `${app.record.spec.name} is reloaded ${mode}: ${why}` };
    },
  };
}
