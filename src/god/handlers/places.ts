import { realpath } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { AppSpec } from '../../model/app-spec';
import type { Generation } from '../../model/generation';
import { gitRevisionOf } from '../../platform';
import { generationOf, isSameVersion, nextNumber } from '../store/generations';
import type { AppRecord } from '../store/records';

/** Where script and folder of an app really are, and which commit they are of. */
type Place = Pick<Generation, 'realScript' | 'realCwd' | 'revision'>;
export type Places = (spec: AppSpec) => Place;

/** A hung network drive must not hold a command: then paths stand as they were given. */
const LOOK_DEADLINE_MS = 2000;

/** Looks where these apps are, before a command is planned. An app that was not among them is where it says. */
export async function lookAtPlaces(specs: readonly AppSpec[]): Promise<Places> {
  const known = new Map<string, Place>();
  const givenUp = new AbortController();
  const deadline = delay(LOOK_DEADLINE_MS, undefined, { signal: givenUp.signal, ref: false }).catch(
    () => undefined,
  );
  const looks = specs.map(async (spec) => void known.set(nameOf(spec), await placeOf(spec)));
  await Promise.race([Promise.all(looks), deadline]);
  givenUp.abort();
  return (spec) => known.get(nameOf(spec)) ?? asGiven(spec);
}

const nameOf = ({ script, cwd }: AppSpec): string => JSON.stringify([script, cwd]);

const asGiven = ({ script, cwd }: AppSpec): Place => ({ realScript: script, realCwd: cwd, revision: null });

async function placeOf({ script, cwd, interpreterPath }: AppSpec): Promise<Place> {
  const real = (path: string): Promise<string> => realpath(path).catch(() => path);
  // A command line, or the name of a program, is no path.
  const isFile = script.startsWith('/') && interpreterPath !== 'none';
  const [realScript, realCwd] = await Promise.all([isFile ? real(script) : script, real(cwd)]);
  return { realScript, realCwd, revision: await gitRevisionOf(realCwd) };
}

export interface Origin {
  readonly by: string | null;
  /** `start`, `reload`, `rollback to 3`. */
  readonly origin: string;
  readonly nowMs: number;
}

/** The first generation of a new app. */
export const firstOf = (spec: AppSpec, places: Places, { by, origin, nowMs }: Origin): Generation => ({
  number: 1,
  createdAtMs: nowMs,
  by,
  origin,
  ...places(spec),
  spec,
  failure: null,
});

/** The generation that the app becomes with that spec; null: that is the one that it is. */
export function nextOf(app: AppRecord, spec: AppSpec, places: Places, origin: Origin): Generation | null {
  const next = { ...firstOf(spec, places, origin), number: nextNumber(app) };
  const current = generationOf(app, app.generation.number);
  return current !== undefined && isSameVersion(current, next) ? null : next;
}
