import type { WireError } from '../../errors';
import type { ExitCause } from '../../model/instance';
import { isObject, isTextList, isTextRecord, type JsonObject } from '../../protocol/guards';
import { readGeneration } from './read-generations';
import { isCount, textOrNull, whole } from './read-values';
import type { Goal, Occasion, OperationRecord, RetiringWorker, RolloutRecord } from './records';

/* What was under way when the state was written. */

export function readRollout(raw: unknown): RolloutRecord | null {
  if (!isObject(raw) || !Array.isArray(raw['pending'])) return null;
  const kind = raw['kind'] === 'restart' ? 'restart' : 'reload';
  const { incarnations, occasion, parallel, switching } = raw;
  return {
    id: textOrNull(raw['id']) ?? '',
    kind,
    pending: raw['pending'].filter(isCount),
    next: readGeneration(raw['next']),
    previous: Math.max(1, whole(raw['previous'])),
    mode: raw['mode'] === 'atomic' ? 'atomic' : 'rolling',
    switching: isTextRecord(switching) ? switching : null,
    incarnations: isObject(incarnations)
      ? Object.fromEntries(
          Object.entries(incarnations).filter((row): row is [string, number] => isCount(row[1])),
        )
      : {},
    occasion: isOccasion(occasion) ? occasion : { cause: kind, reason: `${kind}ing` },
    parallel: isCount(parallel) ? parallel : null,
  };
}

const isOccasion = (value: unknown): value is Occasion =>
  isObject(value) && typeof value['cause'] === 'string' && typeof value['reason'] === 'string';

/** One that is noted without a cause was told to end all the same. */
export function readRetiring({ key, cause, why }: JsonObject): RetiringWorker {
  return {
    key: key as string,
    cause: (textOrNull(cause) ?? 'stop') as ExitCause,
    ...(why === undefined ? {} : { why: textOrNull(why) }),
  };
}

const textsOf = (value: unknown): readonly string[] => (isTextList(value) ? value : []);

export function readOperation(raw: JsonObject): OperationRecord[] {
  const { id, instanceIds, error } = raw;
  if (typeof id !== 'string') return [];
  return [
    {
      id,
      request: textOrNull(raw['request']),
      what: textOrNull(raw['what']) ?? 'The command',
      started: textsOf(raw['started']),
      restarted: textsOf(raw['restarted']),
      instanceIds: Array.isArray(instanceIds) ? instanceIds.filter(isCount) : [],
      untilMs: whole(raw['untilMs']),
      warnings: [...textsOf(raw['warnings'])],
      goals: Array.isArray(raw['goals']) ? raw['goals'].flatMap(readGoal) : [],
      rollouts: textsOf(raw['rollouts']),
      error: isWireError(error) ? error : null,
      isPatient: raw['isPatient'] === true,
      isOver: raw['isOver'] === true,
      stepCount: whole(raw['stepCount']),
    },
  ];
}

const GOALS: readonly unknown[] = ['online', 'stopped', 'gone'] satisfies Goal[];

function readGoal(raw: unknown): (readonly [number, Goal])[] {
  if (!Array.isArray(raw)) return [];
  const [id, goal] = raw as unknown[];
  return isCount(id) && GOALS.includes(goal) ? [[id, goal as Goal]] : [];
}

const isWireError = (value: unknown): value is WireError =>
  isObject(value) && typeof value['code'] === 'string' && typeof value['message'] === 'string';
