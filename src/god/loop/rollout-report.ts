import { pmError, type PmError } from '../../errors';
import type { God } from '../core/god';
import { isError, type MoveFailure, type Rollout } from '../policy/rollout';
import { labelOf, type App, type RunningRollout } from '../core/world';

/** How a rollout has ended, for pm.log and for `describe`. */
export function reportEnd(god: God, app: App, plan: Rollout, failure: MoveFailure | null): void {
  const { record } = app;
  if (failure === null) {
    god.log(`${plan.kind} of ${record.spec.name} is done: ${plan.done.length} of ${plan.done.length}`);
    return;
  }
  const label = labelOfId(god, app, failure.instanceId);
  if (plan.kind === 'reload') record.lastRolloutError = `${label}: ${failure.why}`;
  god.log(`${plan.kind} of ${record.spec.name} has ended at ${label}: ${failure.why}`);
}

/** What whoever asked for it is told. */
export function errorOf(god: God, app: App, rollout: RunningRollout, failure: MoveFailure): PmError | null {
  const instance = labelOfId(god, app, failure.instanceId);
  return rollout.plan.kind === 'reload'
    ? pmError('ROLLOUT_FAILED', {
        instance,
        why: failure.why,
        kept: keptInWords(god, app, rollout, failure),
        stderr: failure.stderr,
      })
    : restartError(rollout.plan, failure, instance);
}

/** What serves now. Never more than is true: where the old process had to end first, it cannot go on. */
function keptInWords(
  god: God,
  app: App,
  { plan, target, previous }: RunningRollout,
  failure: MoveFailure,
): string {
  const { done, stuck, waiting, phase } = plan;
  if (phase === 'prove')
    return 'The version before goes on and has answered every request; nothing was changed.';
  const labels = (ids: readonly number[]): string => ids.map((id) => labelOfId(god, app, id)).join(', ');
  if (phase === 'back') {
    const taken =
      done.length === 0 ? '' : `${labels(done)} ${done.length === 1 ? 'was' : 'were'} taken back to it.`;
    return stuck.length === 0
      ? `The version before serves. ${taken}`.trim()
      : `The version before did not get ready again either at ${labels(stuck)}, where nothing serves now. ${taken}`.trim();
  }
  const serves = god.world.instances.get(failure.instanceId)?.state.name === 'online';
  const renewed = done.filter((id) => id !== failure.instanceId);
  const others = [
    ...(renewed.length > 0 ? [`${labels(renewed)} had been renewed before it`] : []),
    ...(waiting.length > 0
      ? [`${labels(waiting)} ${waiting.length === 1 ? 'goes' : 'go'} on as before`]
      : []),
  ];
  const same =
    target === previous && renewed.length > 0
      ? ' The files were changed in place, so the version before cannot be had any more.'
      : '';
  const own = serves
    ? others.length === 0
      ? 'The version before goes on; nothing else was changed.'
      : ''
    : `Nothing serves as ${labels([failure.instanceId])} now: its old process had to end first, because two processes of this app cannot listen on one port.`;
  return `${own} ${others.length > 0 ? `${others.join('; ')}.` : ''}${same}`.trim();
}

function labelOfId(god: God, app: App, id: number): string {
  const instance = god.world.instances.get(id);
  return instance === undefined ? app.record.spec.name : labelOf(instance);
}

/**
 * A restart that meets a failure leaves the rest alone: they still serve. As long as nothing was left undone an app
 * that dies at once is no error of the command (PM2-FACTS §8) – unless readiness was asked for, or it cannot run.
 */
function restartError(plan: Rollout, failure: MoveFailure, instance: string): PmError | null {
  const left = plan.waiting.length;
  if (left === 0 && !isError(failure)) return null;
  const rest =
    left === 0
      ? ''
      : `; ${left} more ${left === 1 ? 'was' : 'were'} not restarted and ${left === 1 ? 'goes' : 'go'} on as before`;
  return pmError('START_FAILED', { instance, why: `${failure.why}${rest}`, stderr: failure.stderr });
}
