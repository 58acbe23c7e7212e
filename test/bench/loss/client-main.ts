/** A process full of clients; forked by the harness, told what to do over IPC (messages.ts). */
import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { CLIENT_CLASSES } from './clients/all';
import type { Client, ClientClass, Target } from './clients/client';
import type { FromClients, ToClients } from './messages';
import { newTally, toLoss, type Tally } from './tally';

/** Enough to see what kind of loss it was; a broken build would fill the screen. */
const MAX_LOSSES_TOLD = 20;
/** A refused client that tries again at once would take the CPU from those it waits for. */
const PAUSE_AFTER_LOSS_MS = 20;

const tallies: Record<string, Tally> = {};
const losses: string[] = [];
const stopping = new AbortController();
// One for each client that thinks.
setMaxListeners(0, stopping.signal);
let isCalm = false;
let underKills = false;
const loops: Promise<void>[] = [];
/** Rounds of long clients that are under way. */
let longRounds = 0;
const startTick = performance.now();

const tell = (message: FromClients): void => {
  process.send?.(message);
};

function run({ classes, target, processNumber }: Extract<ToClients, { type: 'run' }>): void {
  let number = 0;
  for (const name of classes) {
    const clientClass = CLIENT_CLASSES.find((one) => one.name === name)!;
    tallies[name] = newTally();
    for (let n = 0; n < clientClass.clients; n++) {
      const localAddress = `127.0.${processNumber + 1}.${++number}`;
      loops.push(loop(clientClass, { ...target, localAddress }, tallies[name]));
    }
  }
  void untilWarm();
}

async function untilWarm(): Promise<void> {
  while (Object.values(tallies).some(({ ok }) => ok === 0) && !stopping.signal.aborted) await delay(20);
  tell({ type: 'warm' });
}

async function loop(clientClass: ClientClass, target: Target, tally: Tally): Promise<void> {
  const { isLong = false, thinkMs = 0 } = clientClass;
  const client = clientClass.open(target);
  const signal = stopping.signal;
  // So that clients of a class do not march in step.
  const pause = (ms: number): Promise<unknown> => delay(ms, undefined, { signal }).catch(() => undefined);
  await pause(Math.random() * thinkMs);
  while (!signal.aborted) {
    if (isLong && isCalm) {
      await pause(20);
      continue;
    }
    if (isLong) longRounds++;
    await round(clientClass.name, client, tally);
    if (isLong) longRounds--;
    if (thinkMs > 0) await pause(thinkMs);
  }
  client.close();
}

async function round(name: string, client: Client, tally: Tally): Promise<void> {
  try {
    await client.round();
    tally.ok++;
  } catch (error) {
    const loss = toLoss(error);
    // The rule of docs/zero-downtime.md, and of every HTTP client: a kept connection may have been closed by the time
    // it is used again, and what was lost on it is sent once more. A clean retirement must not need it.
    const outcome = loss.reused && loss.outcome === 'reset' && underKills ? 'again' : loss.outcome;
    tally[outcome]++;
    if (outcome === 'again') return;
    const seconds = ((performance.now() - startTick) / 1000).toFixed(2);
    if (losses.length < MAX_LOSSES_TOLD) losses.push(`${seconds} s, ${name}: ${outcome}: ${loss.message}`);
    await delay(PAUSE_AFTER_LOSS_MS);
  }
}

async function calm(): Promise<void> {
  isCalm = true;
  while (longRounds > 0) await delay(10);
  tell({ type: 'calm' });
}

async function stop(): Promise<void> {
  stopping.abort();
  await Promise.all(loops);
  tell({ type: 'report', tallies, losses });
  process.disconnect();
}

process.on('message', (message: ToClients) => {
  switch (message.type) {
    case 'run':
      run(message);
      break;
    case 'calm':
      void calm();
      break;
    case 'kills':
      underKills = true;
      tell({ type: 'kills' });
      break;
    case 'stop':
      void stop();
      break;
  }
});
// The harness is gone: so are we.
process.on('disconnect', () => process.exit());
