import { pmError, reasonOf } from '../../errors';
import type { AppSpec } from '../../model/app-spec';
import type { God } from '../core/god';
import type { App } from '../core/world';
import { renewInstances, startableInstances } from './renew';
import type { OpenTrigger, TriggerKind } from './trigger';

/** Loaded with the first pattern: a God without one does not carry it. */
const loadCroner = () => import('croner');

type CronSpec = Pick<AppSpec, 'cronRestart' | 'cronTimezone'>;

const isOn = ({ cronRestart }: Partial<CronSpec>): boolean =>
  cronRestart !== undefined && cronRestart !== '0';

/** Before anything is changed: a pattern that croner reads, in a time zone that there is. @throws PmError CRON_INVALID */
export async function checkCron(spec: Partial<CronSpec>): Promise<void> {
  const { cronRestart = '', cronTimezone } = spec;
  if (!isOn(spec)) return;
  const { Cron } = await loadCroner();
  try {
    const job = new Cron(cronRestart, { paused: true, ...zoneOf(cronTimezone) });
    // The time zone is looked at only when a time is worked out.
    const next = job.nextRun();
    job.stop();
    if (next === null) throw new Error('it has no time to come');
  } catch (error) {
    throw pmError('CRON_INVALID', { pattern: cronRestart, timezone: cronTimezone, why: reasonOf(error) });
  }
}

const zoneOf = (timezone: string | undefined): { timezone?: string } =>
  timezone === undefined ? {} : { timezone };

/**
 * `cron_restart`. One that was stopped by command stays stopped; a job that has ended is started again. In cluster mode
 * the successor must be ready before the old worker goes.
 */
export const cronTrigger: TriggerKind = {
  wanted: (_god, { record }) => {
    const { cronRestart, cronTimezone } = record.spec;
    return isOn(record.spec) ? `${cronRestart ?? ''} ${cronTimezone ?? ''}` : null;
  },
  open: (god, app): OpenTrigger => {
    let isClosed = false;
    let stop = (): void => undefined;
    const begin = async (): Promise<void> => {
      const { Cron } = await loadCroner();
      if (isClosed) return;
      const { cronRestart = '', cronTimezone } = app.record.spec;
      const job = new Cron(cronRestart, { ...zoneOf(cronTimezone), unref: true, catch: true }, () =>
        onTick(god, app, cronRestart),
      );
      stop = () => job.stop();
    };
    begin().catch((error: unknown) =>
      god.log(`${app.record.spec.name}: cron_restart does not run: ${reasonOf(error)}`),
    );
    return {
      close: () => {
        isClosed = true;
        stop();
      },
    };
  },
};

function onTick(god: God, app: App, pattern: string): void {
  const occasion = { cause: 'cron', reason: `cron_restart ${pattern}` } as const;
  if (!renewInstances(god, app, startableInstances(god, app), 'reload', occasion))
    god.log(
      `${app.record.spec.name}: a command is at work or its shim is silent, this cron_restart is left out`,
    );
}
