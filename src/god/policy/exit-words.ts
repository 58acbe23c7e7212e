import type { ExitCause, ExitReport } from '../../model/instance';

/** All that is known of an end. */
export interface EndFacts {
  readonly code: number | null;
  readonly signal: string | null;
  /** What pm had ended it for; null: it ended by itself. */
  readonly told: ExitCause | null;
  /** Why pm did: the reason of a trigger, the user of a command; null when that is not known. */
  readonly why: string | null;
  /** What it looks like. */
  readonly cause: ExitCause;
  /** Why it never ran, or why its shim is gone. */
  readonly error: string | null;
  readonly stderrTail: readonly string[];
  readonly oomKill: 'cgroup' | 'machine' | null;
  readonly killTimeoutMs: number;
  /** Where it could not listen, and why; null or absent: it did, or did not try. */
  readonly listenError?: string | null;
}

export type Judgement = Required<Pick<ExitReport, 'cause' | 'words' | 'stderrTail'>>;

/** The cause of an end in one word and in a sentence, and those of its last lines that tell most. */
export function judgeEnd(facts: EndFacts): Judgement {
  const { told, error } = facts;
  if (facts.cause === 'shim lost') return judged(facts, 'shim lost', 'it lost its shim, and ended with it');
  if (error !== null) return judged(facts, told ?? facts.cause, `it could not be started: ${error}`);
  if (told !== null) return judged(facts, told, `${askedInWords(told, facts.why)}${forcedInWords(facts)}`);
  if (isHeapLimit(facts)) {
    const words = 'it reached the heap limit of V8 and aborted (raise it with --max-old-space-size)';
    return judged(facts, 'heap limit', words);
  }
  if (facts.oomKill === 'cgroup')
    return judged(facts, 'oom', 'the kernel killed it: its cgroup was out of memory (oom_kill counter)');
  if (facts.oomKill === 'machine') {
    const words =
      "the kernel killed it, most likely: SIGKILL, and the machine's oom_kill counter rose while it ran";
    return judged(facts, 'oom', words);
  }
  if (facts.signal !== null) return judged(facts, 'signal', `${facts.signal} ended it; pm did not send it`);
  const { code, listenError = null } = facts;
  const because = listenError === null ? '' : `: it could not listen (${listenError})`;
  return judged(
    facts,
    facts.cause,
    code === 0
      ? `it ended by itself with exit code 0${because}`
      : `it crashed with exit code ${code ?? 'unknown'}${because}`,
  );
}

const judged = ({ stderrTail }: EndFacts, cause: ExitCause, words: string): Judgement => ({
  cause,
  words,
  stderrTail: tellingLines(stderrTail),
});

/** 134 is how a shell tells SIGABRT. */
const isHeapLimit = ({ signal, code, stderrTail }: EndFacts): boolean =>
  (signal === 'SIGABRT' || signal === 'SIGTRAP' || signal === 'SIGILL' || code === 134) &&
  stderrTail.some((line) => HEAP_LIMIT.test(line));
const HEAP_LIMIT = /FATAL ERROR:.*(heap out of memory|heap limit)/i;

const ASKED: Readonly<Partial<Record<ExitCause, (why: string | null) => string>>> = {
  stop: (why) => `it was stopped${by(why)}`,
  restart: (why) => `it was restarted${by(why)}`,
  reload: (why) => `it was replaced in a reload${by(why)}`,
  'given up': (why) => `it was never given a connection, and ended: ${why ?? 'the reload failed'}`,
  scale: (why) => `the app was scaled down${by(why)}`,
  delete: (why) => `it was deleted${by(why)}`,
  'memory limit': (why) => `pm renewed it: ${why ?? 'memory limit'}`,
  cron: (why) => `pm renewed it: ${why ?? 'cron_restart'}`,
  watch: (why) => `pm renewed it: ${why ?? 'files have changed'}`,
  offline: (why) => why ?? 'it went offline',
  'not ready': (why) => `it was not ready in time: ${why ?? 'no sign of it'}`,
};

const by = (user: string | null): string => (user === null ? '' : ` by command of ${user}`);

const askedInWords = (told: ExitCause, why: string | null): string => ASKED[told]?.(why) ?? why ?? told;

const forcedInWords = ({ signal, killTimeoutMs }: EndFacts): string =>
  signal === 'SIGKILL' ? `; it did not end within kill_timeout (${killTimeoutMs} ms) and was killed` : '';

/** Shown in `describe` and kept for each of ten ends. */
const MAX_LINES = 10;
const MAX_LINE_LENGTH = 200;
/** How far back the line that names the error may stand before the end of its stack trace. */
const FARTHEST = 24;
const NAMES_ERROR = /FATAL ERROR:|^(\S+ )?(Uncaught )?[\w.$[\]]*(Error|Exception|panic)\b.*|^Traceback /;

/** The last lines; with a stack trace behind it, from the line that says what went wrong. */
function tellingLines(tail: readonly string[]): string[] {
  const last = Math.max(0, tail.length - MAX_LINES);
  const named = tail.findLastIndex((line, at) => at >= tail.length - FARTHEST && NAMES_ERROR.test(line));
  const start = named === -1 ? last : Math.min(named, last);
  return tail
    .slice(start, start + MAX_LINES)
    .map((line) => (line.length > MAX_LINE_LENGTH ? `${line.slice(0, MAX_LINE_LENGTH)}…` : line));
}
