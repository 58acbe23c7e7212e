import type { ChildProcess } from 'node:child_process';
import { resolve } from 'node:path';
import type { Programs } from '../support/programs';
import type { Target } from './clients/client';
import type { FromClients, ToClients } from './messages';
import type { Tallies } from './tally';

/** Two: on two cores the clients of one would wait for each other, and seem hung. */
const PROCESSES = 2;
const CLIENT_MAIN = resolve(__dirname, 'client-main.ts');

export interface LoadReport {
  readonly tallies: Tallies;
  /** The first losses in words. */
  readonly losses: readonly string[];
}

/** The clients, in processes of their own. */
export interface Load {
  /** Long clients end what they have under way and begin nothing more. */
  calm(): Promise<void>;
  /** From now on idle workers are killed; resolves when every client knows. */
  kills(): Promise<void>;
  /** Lets every round end. */
  stop(): Promise<LoadReport>;
}

/** Starts the clients and resolves when each class has had an answer. */
export async function startLoad(
  programs: Programs,
  classes: readonly string[],
  target: Omit<Target, 'localAddress'>,
): Promise<Load> {
  const children: ChildProcess[] = [];
  for (let n = 0; n < PROCESSES; n++) children.push(await programs.start(CLIENT_MAIN));
  const tellAll = (message: ToClients): void => {
    for (const child of children) child.send(message);
  };
  const warm = allSay(children, 'warm');
  children.forEach((child, processNumber) => {
    const own = classes.filter((_, n) => n % PROCESSES === processNumber);
    child.send({ type: 'run', classes: own, target, processNumber } satisfies ToClients);
  });
  await warm;
  const tellAndHear = async (type: 'calm' | 'kills'): Promise<void> => {
    const heard = allSay(children, type);
    tellAll({ type });
    await heard;
  };
  return {
    calm: () => tellAndHear('calm'),
    kills: () => tellAndHear('kills'),
    stop: async () => {
      const reports = allSay(children, 'report');
      tellAll({ type: 'stop' });
      const said = await reports;
      return {
        tallies: Object.assign({}, ...said.map(({ tallies }) => tallies)) as Tallies,
        losses: said.flatMap(({ losses }) => losses),
      };
    },
  };
}

type Said<T extends FromClients['type']> = Extract<FromClients, { type: T }>;

/** What each of them says next of that type. */
const allSay = <T extends FromClients['type']>(
  children: readonly ChildProcess[],
  type: T,
): Promise<Said<T>[]> =>
  Promise.all(
    children.map(
      (child) =>
        new Promise<Said<T>>((resolve, reject) => {
          const onExit = (): void => reject(new Error('a process of clients has died'));
          const onMessage = (message: FromClients): void => {
            if (message.type !== type) return;
            child.off('message', onMessage);
            child.off('exit', onExit);
            resolve(message as Said<T>);
          };
          child.on('message', onMessage);
          child.once('exit', onExit);
        }),
    ),
  );
