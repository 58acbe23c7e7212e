import { setTimeout as delay } from 'node:timers/promises';
import type { ProcessIdentity } from '../model/instance';
import type { ProcessFacts } from './identity';
import { allPids, treeIn } from './tree';
import { readProcessFacts } from './identity';

interface Question {
  readonly root: ProcessIdentity;
  readonly marks: readonly string[];
  readonly answer: (tree: ProcessIdentity[]) => void;
}

/** A look at a thousand processes takes some 15 ms: with this rest after it the log pump has most of the time. */
const REST_TIMES = 3;
/** A pid is not given to another process within this time unless some 30,000 are started in it. */
const KNOWN_FOR_MS = 10_000;

const known = new Map<number, { readonly facts: ProcessFacts; readonly readTick: number }>();
let questions: Question[] = [];
let nextLookTick = 0;

/**
 * The trees of many processes that are ended in one moment, out of one look at /proc; see `treeOf`. What was there before
 * the root cannot be part of its tree and is not read again, so that a worker that ends soon costs next to nothing.
 */
export function treeSoon(root: ProcessIdentity, marks: readonly string[]): Promise<ProcessIdentity[]> {
  return new Promise((answer) => {
    questions.push({ root, marks, answer });
    if (questions.length === 1) void lookOnce();
  });
}

async function lookOnce(): Promise<void> {
  // At least one turn, for those who are told in the same message.
  await delay(Math.max(0, nextLookTick - performance.now()));
  const asked = questions;
  questions = [];
  const startTick = performance.now();
  let processes: ProcessFacts[] = [];
  try {
    processes = processesSince(Math.min(...asked.map(({ root }) => root.startTicks)), startTick);
  } catch {
    // No /proc and no ps: only the roots are known.
  }
  const births = new Map<number, ReadonlySet<string>>();
  for (const { root, marks, answer } of asked) answer(treeIn(processes, root, marks, births));
  const endTick = performance.now();
  nextLookTick = endTick + REST_TIMES * (endTick - startTick);
}

/** What was started before that may be some seconds old. */
function processesSince(startTicks: number, nowTick: number): ProcessFacts[] {
  const pids = allPids();
  const there = new Set(pids);
  for (const pid of known.keys()) if (!there.has(pid)) known.delete(pid);
  return pids.flatMap((pid) => {
    const before = known.get(pid);
    const isFresh = before !== undefined && nowTick - before.readTick < KNOWN_FOR_MS;
    if (isFresh && before.facts.startTicks < startTicks) return before.facts;
    const facts = readProcessFacts(pid);
    if (facts === null || facts.state === 'Z') return [];
    known.set(pid, { facts, readTick: nowTick });
    return facts;
  });
}
