/** What may become of one request (or of one long-lived connection). */
export const OUTCOMES = ['ok', 'again', 'refused', 'reset', 'hung', 'truncated', '5xx', 'wrong'] as const;
export type Outcome = (typeof OUTCOMES)[number];
/** The outcomes that are nobody's loss; see `again` in docs/zero-downtime.md. */
const HARMLESS: readonly Outcome[] = ['ok', 'again'];

export type Tally = Record<Outcome, number>;
/** Class of client → its tally. */
export type Tallies = Readonly<Record<string, Tally>>;

export const newTally = (): Tally => ({
  ok: 0,
  again: 0,
  refused: 0,
  reset: 0,
  hung: 0,
  truncated: 0,
  '5xx': 0,
  wrong: 0,
});

export const lossesIn = (tally: Tally): number =>
  OUTCOMES.filter((outcome) => !HARMLESS.includes(outcome)).reduce((sum, outcome) => sum + tally[outcome], 0);

export const addTally = (sum: Tally, more: Tally): void => {
  for (const outcome of OUTCOMES) sum[outcome] += more[outcome];
};

/** A request that did not get what it should. */
export class Loss extends Error {
  constructor(
    readonly outcome: Exclude<Outcome, 'ok'>,
    detail: string,
    /** The connection had served before, and nothing of this answer had come. */
    readonly reused = false,
  ) {
    super(detail);
  }
}

const BY_CODE: Readonly<Record<string, Exclude<Outcome, 'ok'>>> = {
  ECONNREFUSED: 'refused',
  ENOENT: 'refused',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  ECONNABORTED: 'reset',
};

/** How far a request had come when its connection failed. */
export interface Progress {
  /** The connection had served before. */
  readonly reused?: boolean;
  /** Part of the answer had come. */
  readonly begun?: boolean;
}

/** Any error of a socket or of Node's clients. */
export function toLoss(error: unknown, progress: Progress = {}): Loss {
  const reused = progress.reused === true;
  const begun = progress.begun === true;
  if (error instanceof Loss) return error;
  const { code = '', message } = error as NodeJS.ErrnoException;
  const known = BY_CODE[code] ?? 'wrong';
  const outcome = known === 'reset' && begun ? 'truncated' : known;
  return new Loss(outcome, `${code} ${message}`.trim(), reused && !begun);
}
