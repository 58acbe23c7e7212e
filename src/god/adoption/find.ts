import { readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { reasonOf } from '../../errors';
import { isAlive } from '../../platform';
import type { ShimEvent, WorkerReport } from '../../protocol/shim';
import type { God } from '../core/god';
import { CALL_DEADLINE_MS, connectShim, findShim, type LivingShim, type ShimHandle } from '../shims/handle';
import { progressOf } from '../shims/pump';

/** A shim as this God found it. */
export interface FoundShim {
  readonly handle: ShimHandle;
  readonly workers: readonly WorkerReport[];
  /** What it has told to no God yet. */
  readonly untold: readonly ShimEvent[];
}

export interface FoundShims {
  readonly answering: readonly FoundShim[];
  /** They live but do not answer (SIGSTOP, a machine that swaps): what they run is not known. */
  readonly silent: readonly LivingShim[];
  /** Some have died, or are not where the God before had them: workers may be left that nobody was told of. */
  readonly isAnyLost: boolean;
}

/**
 * A shim answers in about a millisecond. One that needs longer than this is not waited for, because all others wait
 * with it; it is asked again until it answers.
 */
const FIRST_ANSWER_MS = 3000;
const ASK_AGAIN_MS = 1000;

/** Connects to every shim that lives; the records of dead ones are removed. */
export async function findShims(god: God): Promise<FoundShims> {
  const folders = readdirSync(god.home.shimsDir, { withFileTypes: true }).filter((one) => one.isDirectory());
  const found = await Promise.all(folders.map(({ name }) => findOne(god, name)));
  const answering = found.filter((shim) => shim !== null && 'handle' in shim);
  const silent = found.filter((shim) => shim !== null && 'process' in shim);
  const ids = new Set([...answering.map(({ handle }) => handle.id), ...silent.map(({ id }) => id)]);
  const isAnyLost = found.includes(null) || Object.keys(god.store.state.shims).some((id) => !ids.has(id));
  return { answering, silent, isAnyLost };
}

async function findOne(god: God, id: string): Promise<FoundShim | LivingShim | null> {
  const shim = findShim(god.home, id);
  if (shim === null) {
    god.log(`shim ${id} is gone; what it left is removed`);
    return null;
  }
  try {
    return await inspect(god, shim);
  } catch (error) {
    if (!isAlive(shim.process)) {
      findShim(god.home, id);
      god.log(`shim ${id} (pid ${shim.process.pid}) has just ended`);
      return null;
    }
    god.log(
      `shim ${id} (pid ${shim.process.pid}) lives but does not answer: ${reasonOf(error)}; its apps wait for it`,
    );
    return shim;
  }
}

async function inspect(god: God, shim: LivingShim): Promise<FoundShim> {
  const { version, number } = god.settings;
  const handle = await connectShim(god.home, shim, { version, god: number }, FIRST_ANSWER_MS);
  try {
    const inTime = { deadlineMs: CALL_DEADLINE_MS };
    const { workers } = await handle.client.call('snapshot', {}, inTime);
    const ack = progressOf(god.store, handle).seq;
    const { events } = await handle.client.call('events', { ack, waitMs: 0 }, inTime);
    god.log(`shim ${shim.id} (pid ${handle.record.process.pid}) adopted with ${workers.length} workers`);
    return { handle, workers, untold: events.filter(({ seq }) => seq > ack) };
  } catch (error) {
    handle.client.close();
    throw error;
  }
}

/** Asks a silent shim until it answers; null: it is dead. */
export async function untilItAnswers(god: God, shim: LivingShim): Promise<FoundShim | null> {
  for (;;) {
    await delay(ASK_AGAIN_MS);
    if (!isAlive(shim.process)) {
      findShim(god.home, shim.id);
      return null;
    }
    try {
      return await inspect(god, shim);
    } catch {
      // still silent
    }
  }
}
