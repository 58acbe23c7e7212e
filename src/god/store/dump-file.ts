import { existsSync, readFileSync } from 'node:fs';
import { reasonOf } from '../../errors';
import type { AppSpec } from '../../model/app-spec';
import { isObject, readAppSpec, type JsonObject } from '../../protocol/guards';
import type { Desired } from '../policy/reconcile';
import { goneNodeWarning, onNodeThatIsThere } from './gone-node';
import { isCount, textOrNull, whole } from './read-values';
import type { AppRecord, InstanceRecord } from './records';

/** Raised when an older pm could not read the file any more; additions do not raise it. */
const DUMP_VERSION = 1;

/** What `pm save` keeps of an instance: enough to have it again as it was, not what it was doing. */
export type SavedInstance = Pick<
  InstanceRecord,
  'id' | 'slot' | 'uniqueId' | 'createdAtMs' | 'restReason' | 'endedByItself'
> & { readonly desired: Extract<Desired, 'running' | 'stopped'> };

export interface SavedApp {
  readonly spec: AppSpec;
  readonly instances: readonly SavedInstance[];
}

/** The text of dump.json. What is on its way out is left out. */
export function dumpOf(apps: readonly AppRecord[], nowMs: number): { text: string; count: number } {
  const saved = apps.flatMap(({ spec, instances }): SavedApp[] => {
    const kept = instances.flatMap(savedOf);
    return kept.length === 0 ? [] : [{ spec, instances: kept }];
  });
  const dump = { version: DUMP_VERSION, savedAtMs: nowMs, apps: saved };
  return { text: `${JSON.stringify(dump, null, 2)}\n`, count: saved.flatMap((app) => app.instances).length };
}

function savedOf(record: InstanceRecord): SavedInstance[] {
  const { id, slot, uniqueId, createdAtMs, restReason, endedByItself, desired } = record;
  if (desired !== 'running' && desired !== 'stopped') return [];
  return [{ id, slot, uniqueId, createdAtMs, restReason, endedByItself, desired }];
}

export interface LoadedDump {
  /** null: there is no dump. */
  readonly apps: readonly SavedApp[] | null;
  /** Where they are from. */
  readonly path: string;
  readonly warnings: readonly string[];
}

/**
 * Reads the dump, or the generation before it when that cannot be read. Nothing is ever deleted.
 *
 * @throws Error in words, when there are files but none can be read
 */
export function loadDump(path: string): LoadedDump {
  const problems: string[] = [];
  for (const file of [path, `${path}.bak`]) {
    if (!existsSync(file)) continue;
    const read = readDump(file);
    if (typeof read !== 'string') {
      const notice = problems.length === 0 ? [] : [`${problems.join('; ')}: ${file} is used instead`];
      return { apps: read.apps, path: file, warnings: [...notice, ...read.warnings] };
    }
    problems.push(`${file} cannot be used: ${read}`);
  }
  if (problems.length > 0) throw new Error(problems.join('; '));
  return { apps: null, path, warnings: [] };
}

/** The apps, or why there are none. */
function readDump(
  file: string,
): { readonly apps: readonly SavedApp[]; readonly warnings: readonly string[] } | string {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    return reasonOf(error);
  }
  if (!isObject(value) || !Array.isArray(value['apps'])) return 'it holds no list of apps';
  if (value['version'] !== DUMP_VERSION)
    return `it has version ${String(value['version'])}, this pm reads version ${DUMP_VERSION}`;
  const warnings: string[] = [];
  const apps = value['apps'].flatMap((raw: unknown, index) => {
    const app = readApp(raw);
    if (app === null) {
      warnings.push(`entry ${index} of ${file} is damaged and was left out`);
      return [];
    }
    if (app.left > 0)
      warnings.push(
        `${app.left} of the instances of entry ${index} of ${file} are damaged and were left out`,
      );
    const { saved } = app;
    const spec = onNodeThatIsThere(saved.spec);
    warnings.push(...goneNodeWarning(saved.spec, spec));
    return [{ ...saved, spec }];
  });
  return { apps, warnings };
}

/** null: nothing of it can be started. */
function readApp(raw: unknown): { readonly saved: SavedApp; readonly left: number } | null {
  if (!isObject(raw) || !Array.isArray(raw['instances'])) return null;
  const spec = readAppSpec(raw['spec']);
  const instances = raw['instances'].filter(isObject).flatMap(readInstance);
  if (spec === null || instances.length === 0) return null;
  return { saved: { spec, instances }, left: raw['instances'].length - instances.length };
}

function readInstance(raw: JsonObject): SavedInstance[] {
  const { id, slot, desired } = raw;
  if (!isCount(id) || !isCount(slot)) return [];
  return [
    {
      id,
      slot,
      uniqueId: textOrNull(raw['uniqueId']) ?? '',
      createdAtMs: whole(raw['createdAtMs']),
      restReason: textOrNull(raw['restReason']) ?? 'it was saved as stopped',
      endedByItself: raw['endedByItself'] === true,
      desired: desired === 'stopped' ? 'stopped' : 'running',
    },
  ];
}
