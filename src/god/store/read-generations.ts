import type { AppSpec } from '../../model/app-spec';
import type { Generation, GenerationFacts } from '../../model/generation';
import { isObject, readAppSpec, type JsonObject } from '../../protocol/guards';
import { firstGeneration } from './generations';
import { isCount, objectsOf, textOrNull, whole } from './read-values';

/** What brought the app as it is; of a state before generations were counted: its first one. */
export const readGenerationFacts = (raw: unknown, spec: AppSpec, createdAtMs: number): GenerationFacts =>
  isObject(raw) && isCount(raw['number']) ? factsIn(raw, spec) : firstGeneration(spec, createdAtMs);

/** One that cannot be read is one that nobody can go back to. */
export const readGenerations = (raw: unknown): Generation[] =>
  objectsOf(raw, 'number', 'number').flatMap((row) => readGeneration(row) ?? []);

export function readGeneration(raw: unknown): Generation | null {
  if (!isObject(raw) || !isCount(raw['number'])) return null;
  const spec = readAppSpec(raw['spec']);
  return spec === null ? null : { ...factsIn(raw, spec), spec, failure: textOrNull(raw['failure']) };
}

function factsIn(raw: JsonObject, spec: AppSpec): GenerationFacts {
  return {
    number: whole(raw['number']),
    createdAtMs: whole(raw['createdAtMs']),
    by: textOrNull(raw['by']),
    origin: textOrNull(raw['origin']) ?? 'start',
    revision: textOrNull(raw['revision']),
    realScript: textOrNull(raw['realScript']) ?? spec.script,
    realCwd: textOrNull(raw['realCwd']) ?? spec.cwd,
  };
}
