import { copyFileSync, existsSync, readFileSync, renameSync } from 'node:fs';
import { reasonOf } from '../../errors';
import { bootId } from '../../platform';
import { isObject, readAppSpec, type JsonObject } from '../../protocol/guards';
import { NO_RESTARTS, type RestartCounters } from '../policy/restart';
import type { Desired } from '../policy/reconcile';
import { goneNodeWarning, onNodeThatIsThere } from './gone-node';
import type { AppSpec } from '../../model/app-spec';
import type { Generation } from '../../model/generation';
import { readGenerationFacts, readGenerations } from './read-generations';
import { readOperation, readRetiring, readRollout } from './read-work';
import { isCount, isIdentity, objectsOf, readExit, textOrNull, whole } from './read-values';
import {
  STATE_VERSION,
  emptyState,
  type AppRecord,
  type GodState,
  type InstanceRecord,
  type OrphanRecord,
  type ProcessRecord,
  type RolloutRecord,
  type ShimProgress,
} from './records';

/** Where the state came from, and what has to be said about it in pm.log. */
export interface LoadedState {
  readonly state: GodState;
  /** `damaged file`: some of what it held could not be read and is left out. */
  readonly source: 'file' | 'damaged file' | 'backup' | 'none';
  readonly warnings: readonly string[];
}

/**
 * Reads state.json, or the generation before it when that cannot be read. A file that cannot be used is kept beside
 * (`state.json.unreadable`) before anything is written over it.
 */
export function loadState(path: string, backupPath = `${path}.bak`): LoadedState {
  const warnings: string[] = [];
  for (const [source, file] of [
    ['file', path],
    ['backup', backupPath],
  ] as const) {
    if (!existsSync(file)) continue;
    const read = readStateFile(file);
    if (typeof read !== 'string') {
      const { state, lost } = read;
      if (source === 'backup')
        warnings.push(`state: ${path} could not be used, the generation before it is (${file})`);
      if (lost.length > 0)
        warnings.push(
          `state: ${lost.join(', ')} of ${file} cannot be read and is left out${keepAside(file, copyFileSync)}`,
        );
      for (const app of state.apps) {
        const { spec } = app;
        app.spec = onNodeThatIsThere(spec);
        warnings.push(...goneNodeWarning(spec, app.spec).map((warning) => `state: ${warning}`));
      }
      return { state, source: source === 'file' && lost.length > 0 ? 'damaged file' : source, warnings };
    }
    warnings.push(`state: ${file} cannot be used: ${read}${keepAside(file, renameSync)}`);
  }
  return { state: emptyState(), source: 'none', warnings };
}

/**
 * For every command, until its user has seen to it: pm.log alone is read too late. The file that was kept beside is the
 * mark, so that it is said by later Gods too; null without one.
 */
export function lossNotice(path: string): string | null {
  const aside = [asideOf(path), asideOf(`${path}.bak`)].filter((file) => existsSync(file));
  return aside.length === 0
    ? null
    : `the list could not be read as it was: some of it comes from the generation before, or from what ran then (see pm.log). Look it through; to end this notice: rm ${aside.join(' ')}`;
}

const asideOf = (file: string): string => `${file}.unreadable`;

/**
 * What cannot be used at all is moved, which needs no room on the disk and nobody's leave to read it: if it stayed, the
 * first write would put it in the place of the generation before.
 */
function keepAside(file: string, keep: (from: string, to: string) => void): string {
  const aside = asideOf(file);
  try {
    keep(file, aside);
    return `; kept as ${aside}`;
  } catch (error) {
    return `; it could not be kept as ${aside}: ${reasonOf(error)}`;
  }
}

/** The state and, in words, what of it cannot be read; or why it is none. */
function readStateFile(
  file: string,
): { readonly state: GodState; readonly lost: readonly string[] } | string {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    return reasonOf(error);
  }
  if (!isObject(value) || !Array.isArray(value['apps'])) return 'it holds no list of apps';
  const version = value['version'];
  if (version !== STATE_VERSION) {
    return `it has version ${String(version)}, this pm reads version ${STATE_VERSION}`;
  }
  const lost: string[] = [];
  const seen: Seen = { apps: new Set(), instances: new Set() };
  const apps = value['apps'].flatMap((raw: unknown, index) => {
    const app = readApp(raw, seen);
    const left = app === null ? 0 : instancesIn(raw).length - app.instances.length;
    if (app === null) lost.push(`entry ${index}`);
    else if (left > 0) lost.push(`${left} of the instances of entry ${index}`);
    return app ?? [];
  });
  const ids = apps.flatMap((app) => app.instances.map(({ id }) => id));
  const state: GodState = {
    version: STATE_VERSION,
    bootId: bootId(),
    // Never below what is in use, whatever the file says: an id must not be given twice.
    nextInstanceId: Math.max(whole(value['nextInstanceId']), 1 + Math.max(-1, ...ids)),
    nextAppNumber: Math.max(
      1,
      whole(value['nextAppNumber']),
      ...apps.map((app) => 1 + whole(Number(app.id))),
    ),
    apps,
    shims: readShims(value['shims']),
    operations: objectsOf(value['operations'], 'id', 'string').flatMap(readOperation),
  };
  if (value['bootId'] !== state.bootId) forgetProcesses(state);
  return { state, lost };
}

/** The machine has been booted since: whatever has these pids now is somebody else. */
function forgetProcesses(state: GodState): void {
  for (const { instances } of state.apps)
    for (const instance of instances) Object.assign(instance, { processes: [], orphans: [] });
  for (const id of Object.keys(state.shims)) Reflect.deleteProperty(state.shims, id);
}

/** Ids that are taken: the second of two with the same would hide the first. */
interface Seen {
  readonly apps: Set<string>;
  readonly instances: Set<number>;
}

const instancesIn = (raw: unknown): readonly unknown[] =>
  isObject(raw) && Array.isArray(raw['instances']) ? raw['instances'] : [];

function readApp(raw: unknown, seen: Seen): AppRecord | null {
  // The id is part of a path: shims/c-<id>.
  if (!isObject(raw) || typeof raw['id'] !== 'string' || !/^\d+$/.test(raw['id'])) return null;
  const spec = readAppSpec(raw['spec']);
  const instances = instancesIn(raw).flatMap((instance) => readInstance(instance, seen) ?? []);
  if (spec === null || instances.length === 0 || seen.apps.has(raw['id'])) return null;
  seen.apps.add(raw['id']);
  for (const { id } of instances) seen.instances.add(id);
  const createdAtMs = whole(raw['createdAtMs']);
  return {
    id: raw['id'],
    ...readVersions(raw, spec, createdAtMs, instances),
    firstInterpreter: textOrNull(raw['firstInterpreter']) ?? spec.interpreterPath,
    createdAtMs,
    lastRolloutError: textOrNull(raw['lastRolloutError']),
    hasSaidReady: raw['hasSaidReady'] === true,
    instances,
  };
}

/** The app's generations, and the rollout that brings one. */
function readVersions(
  raw: JsonObject,
  spec: AppSpec,
  createdAtMs: number,
  instances: readonly InstanceRecord[],
): Pick<AppRecord, 'spec' | 'generation' | 'others' | 'rollout'> {
  const versions = {
    spec,
    generation: readGenerationFacts(raw['generation'], spec, createdAtMs),
    others: readGenerations(raw['others']),
    rollout: readRollout(raw['rollout']),
  };
  const previousSpec = isObject(raw['rollout']) ? readAppSpec(raw['rollout']['previousSpec']) : null;
  if (versions.rollout?.kind !== 'reload' || previousSpec === null) return versions;
  // A God before generations was killed in a reload: to him the app had its new spec from the first moment on.
  return fromBeforeGenerations(versions, { ...versions.rollout }, previousSpec, instances);
}

function fromBeforeGenerations(
  { spec, generation }: Pick<AppRecord, 'spec' | 'generation'>,
  rollout: RolloutRecord,
  previousSpec: AppSpec,
  instances: readonly InstanceRecord[],
): Pick<AppRecord, 'spec' | 'generation' | 'others' | 'rollout'> {
  const next: Generation = { ...generation, number: generation.number + 1, spec, failure: null };
  for (const instance of instances) {
    const isRenewed = instance.incarnation > (rollout.incarnations[instance.id] ?? Infinity);
    if (isRenewed && !rollout.pending.includes(instance.id)) instance.generation = next.number;
  }
  return {
    spec: previousSpec,
    generation,
    others: [],
    rollout: { ...rollout, next, previous: generation.number, mode: 'rolling' },
  };
}

const DESIRED: readonly unknown[] = ['running', 'stopped', 'deleted', 'scaled away'] satisfies Desired[];

function readInstance(raw: unknown, seen: Seen): InstanceRecord | null {
  if (!isObject(raw) || !isCount(raw['id']) || !isCount(raw['slot']) || !DESIRED.includes(raw['desired']))
    return null;
  if (seen.instances.has(raw['id'])) return null;
  return {
    id: raw['id'],
    slot: raw['slot'],
    desired: raw['desired'] as Desired,
    uniqueId: textOrNull(raw['uniqueId']) ?? '',
    createdAtMs: whole(raw['createdAtMs']),
    generation: Math.max(1, whole(raw['generation'])),
    incarnation: whole(raw['incarnation']),
    restarts: whole(raw['restarts']),
    counters: readCounters(raw['counters']),
    exits: objectsOf(raw['exits'], 'cause', 'string').map(readExit),
    errored: textOrNull(raw['errored']),
    endedByItself: raw['endedByItself'] === true,
    monitored: typeof raw['monitored'] === 'boolean' ? raw['monitored'] : null,
    restReason: textOrNull(raw['restReason']) ?? '',
    waiting: readWaiting(raw['waiting']),
    askedBy: textOrNull(raw['askedBy']),
    retiring: objectsOf(raw['retiring'], 'key', 'string').map(readRetiring),
    processes: objectsOf(raw['processes'], 'key', 'string').flatMap((row) =>
      readProcess(row, Math.max(1, whole(raw['generation']))),
    ),
    orphans: objectsOf(raw['orphans'], 'key', 'string').flatMap(readOrphan),
  };
}

function readProcess(raw: JsonObject, ofInstance: number): ProcessRecord[] {
  const { key, process, startedAtMs, proof, tookMs, generation } = raw;
  if (typeof key !== 'string' || !isIdentity(process)) return [];
  return [
    {
      key,
      process,
      startedAtMs: whole(startedAtMs),
      proof: textOrNull(proof),
      generation: isCount(generation) ? generation : ofInstance,
      tookMs: isCount(tookMs) ? tookMs : null,
    },
  ];
}

const readOrphan = ({ key, process }: JsonObject): OrphanRecord[] =>
  typeof key === 'string' && isIdentity(process) ? [{ key, process }] : [];

function readCounters(raw: unknown): RestartCounters {
  if (!isObject(raw)) return NO_RESTARTS;
  const times = raw['restartTimesMs'];
  return {
    quickExits: whole(raw['quickExits']),
    firstQuickAtMs: typeof raw['firstQuickAtMs'] === 'number' ? raw['firstQuickAtMs'] : null,
    backoffMs: whole(raw['backoffMs']),
    restartTimesMs: Array.isArray(times) ? times.filter((time) => typeof time === 'number') : [],
  };
}

function readWaiting(raw: unknown): InstanceRecord['waiting'] {
  if (!isObject(raw) || typeof raw['untilMs'] !== 'number') return null;
  return { untilMs: raw['untilMs'], reason: textOrNull(raw['reason']) ?? 'waiting' };
}

function readShims(raw: unknown): Record<string, ShimProgress> {
  if (!isObject(raw)) return {};
  const rows = Object.entries(raw).flatMap(([id, row]): [string, ShimProgress][] => {
    if (!isObject(row) || !isIdentity(row['process'])) return [];
    return [[id, { process: row['process'], seq: whole(row['seq']) }]];
  });
  return Object.fromEntries(rows);
}
