import { setTimeout as delay } from 'node:timers/promises';
import type { ProcessIdentity } from '../../src/model/instance';
import { isAlive } from '../../src/platform';
import { processesWith, type FoundProcess } from './census';
import type { TestHome } from './home';
import { until } from './wait';

/** God has died, and nobody is there who would bring another: no app has a worker, so no shim is needed. */
export const endsWithoutSuccessor = (home: TestHome): boolean => processesWith(home.path).length === 0;

/** Gods of that home, those that are just starting (and have no title yet) as well. */
export const godsOf = (home: TestHome): FoundProcess[] =>
  processesWith(home.path).filter(({ commandLine }) => /God Daemon|\/god\/main\.js/.test(commandLine));

/** `kill -9` of whatever God there is; gives it when it is dead. Waits for one if none is there. */
export async function killGod(home: TestHome): Promise<ProcessIdentity> {
  const gods = await until('a God', () => {
    const found = godsOf(home);
    return found.length > 0 && found;
  });
  for (const { pid } of gods) process.kill(pid, 'SIGKILL');
  while (gods.some(isAlive)) await delay(1);
  return gods[0]!;
}
