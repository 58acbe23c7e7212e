/** What a process uses; zeros when it is not known (yet). */
export interface Usage {
  readonly cpuPercent: number;
  readonly memoryBytes: number;
}

export interface Sampler {
  /**
   * What each process used at the last sample, at once. When that is old a new one is taken in the background for
   * whoever asks next: a list never waits, and an idle God measures nothing.
   */
  usage(pids: readonly number[]): (pid: number) => Usage;
}

type Measure = (
  pids: number[],
) => Promise<Readonly<Record<string, { cpu: number; memory: number } | undefined>>>;

/** People look once a second at most (`list --watch`, a dashboard). */
const MAX_AGE_MS = 1000;
/** How many processes are asked for at once; the rest follows, so that a large list does not stall God. */
const BATCH = 50;

const NOTHING: Usage = { cpuPercent: 0, memoryBytes: 0 };

/** Loaded when somebody asks for the first time: a God that nobody looks at does not carry it. */
const measureWithPidusage: Measure = async (pids) => {
  const { default: pidusage } = await import('pidusage');
  return pidusage(pids);
};

export function makeSampler(tickMs: () => number, measure: Measure = measureWithPidusage): Sampler {
  let known = new Map<number, Usage>();
  let sampledAtMs = -Infinity;
  let isSampling = false;

  const sample = async (pids: readonly number[]): Promise<void> => {
    isSampling = true;
    try {
      const fresh = new Map<number, Usage>();
      for (let at = 0; at < pids.length; at += BATCH) {
        for (const [pid, usage] of await measureSome(measure, pids.slice(at, at + BATCH)))
          fresh.set(pid, usage);
      }
      // Whole, not merged: pids that are gone are forgotten with it.
      known = fresh;
      sampledAtMs = tickMs();
    } finally {
      isSampling = false;
    }
  };

  return {
    usage: (pids) => {
      if (!isSampling && tickMs() - sampledAtMs >= MAX_AGE_MS) void sample(pids.filter((pid) => pid > 0));
      return (pid) => known.get(pid) ?? NOTHING;
    },
  };
}

async function measureSome(measure: Measure, pids: readonly number[]): Promise<[number, Usage][]> {
  if (pids.length === 0) return [];
  try {
    const rows = await measure([...pids]);
    return pids.flatMap((pid): [number, Usage][] => {
      const row = rows[String(pid)];
      return row === undefined
        ? []
        : [[pid, { cpuPercent: Math.round(row.cpu * 10) / 10, memoryBytes: row.memory }]];
    });
  } catch {
    // Every one of them has ended meanwhile.
    return [];
  }
}
