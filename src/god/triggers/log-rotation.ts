import { reasonOf } from '../../errors';
import type { God } from '../core/god';
import { CALL_DEADLINE_MS } from '../shims/handle';
import { currentWorker, instancesOf, type App } from '../core/world';
import type { OpenTrigger, TriggerKind } from './trigger';

/** `log_rotate`: God's clock tells the shims when. By size they rotate by themselves. */
export const logRotationTrigger: TriggerKind = {
  wanted: (_god, { record }) => {
    const { logRotate = '0' } = record.spec;
    return logRotate === '0' ? null : logRotate;
  },
  open: (god, app): OpenTrigger => {
    let isClosed = false;
    let stop = (): void => undefined;
    const begin = async (): Promise<void> => {
      // Loaded with the first pattern: a God without one does not carry it.
      const { Cron } = await import('croner');
      if (isClosed) return;
      const options = { unref: true, catch: true };
      const job = new Cron(app.record.spec.logRotate ?? '0', options, () => void rotateLogs(god, app));
      stop = () => job.stop();
    };
    begin().catch((error: unknown) =>
      god.log(`${app.record.spec.name}: log_rotate does not run: ${reasonOf(error)}`),
    );
    return {
      close: () => {
        isClosed = true;
        stop();
      },
    };
  },
};

/** All files of an app's running workers, each once. */
async function rotateLogs(god: God, app: App): Promise<void> {
  const keys = new Map<string, string[]>();
  for (const instance of instancesOf(god.world, app)) {
    const worker = currentWorker(god.world, instance);
    if (worker !== null) keys.set(worker.shimId, [...(keys.get(worker.shimId) ?? []), worker.key]);
  }
  for (const [shimId, ofShim] of keys) {
    try {
      const client = god.shims.get(shimId)?.client;
      await client?.call('rotateLogs', { keys: ofShim }, { deadlineMs: CALL_DEADLINE_MS });
    } catch (error) {
      god.log(`shim ${shimId} did not rotate the logs of ${app.record.spec.name}: ${reasonOf(error)}`);
    }
  }
}
