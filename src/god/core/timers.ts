/** setTimeout fires at once for anything longer. */
const LONGEST_MS = 2 ** 31 - 1;

/** Named timers: setting a name again replaces it, so nothing ever fires for a state that is over. */
export interface Timers {
  set(name: string, delayMs: number, run: () => void): void;
  clear(name: string): void;
  clearAll(): void;
}

export function makeTimers(): Timers {
  const timers = new Map<string, NodeJS.Timeout>();
  const clear = (name: string): void => {
    clearTimeout(timers.get(name));
    timers.delete(name);
  };
  return {
    set: (name, delayMs, run) => {
      clear(name);
      const fire = (): void => {
        timers.delete(name);
        run();
      };
      timers.set(name, setTimeout(fire, Math.min(Math.max(0, delayMs), LONGEST_MS)));
    },
    clear,
    clearAll: () => {
      for (const name of [...timers.keys()]) clear(name);
    },
  };
}
