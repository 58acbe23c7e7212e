/** Why a worker ended, in one word: what caused the end, not what it looked like. */
export type ExitCause =
  /** Ended by itself: code 0, code ≠ 0, or a signal that pm did not send. */
  | 'exit'
  | 'crash'
  | 'signal'
  /** The kernel killed it for want of memory; V8 ended it at its own limit. */
  | 'oom'
  | 'heap limit'
  /** pm ended it. */
  | 'stop'
  | 'restart'
  | 'reload'
  | 'scale'
  | 'delete'
  /** It was to take the place of another, and was ended because the reload failed elsewhere or was overtaken. */
  | 'given up'
  /** pm renewed it by itself: `max_memory_restart`, `cron_restart`, `watch`. */
  | 'memory limit'
  | 'cron'
  | 'watch'
  /** It said that it would leave (`offline`, or an uncaught exception with `uncaught: drain`). */
  | 'offline'
  /** It did not prove ready in time, or could not be started. */
  | 'not ready'
  | 'spawn failed'
  /** Its shim died. */
  | 'shim lost';

/** What holds for a cause; every place that asks takes its answer from here. */
export interface ExitCauseFacts {
  /** Another worker takes the place, and requests may be finished meanwhile. */
  readonly renews: boolean;
  /** It was never given a connection: nothing has to be finished. */
  readonly servedNobody: boolean;
  /** A command that meets it has failed, whatever the restart limits make of it. */
  readonly failsCommand: boolean;
  /** The word of the `why` column of `pm list`; empty where somebody wanted the end. */
  readonly trouble: string;
}

const ASKED: ExitCauseFacts = { renews: false, servedNobody: false, failsCommand: false, trouble: '' };
const RENEWED: ExitCauseFacts = { ...ASKED, renews: true };
const ENDED: ExitCauseFacts = ASKED;

export const EXIT_CAUSES: Readonly<Record<ExitCause, ExitCauseFacts>> = {
  exit: { ...ENDED, trouble: 'exits' },
  crash: { ...ENDED, trouble: 'crash' },
  signal: { ...ENDED, trouble: 'signal' },
  oom: { ...ENDED, trouble: 'oom' },
  'heap limit': { ...ENDED, trouble: 'heap' },
  stop: ASKED,
  restart: RENEWED,
  reload: RENEWED,
  scale: ASKED,
  delete: ASKED,
  'given up': { ...ASKED, servedNobody: true },
  'memory limit': { ...RENEWED, trouble: 'memory' },
  cron: RENEWED,
  watch: RENEWED,
  offline: RENEWED,
  'not ready': { ...ENDED, servedNobody: true, failsCommand: true, trouble: 'unready' },
  'spawn failed': { ...ENDED, failsCommand: true, trouble: 'spawn' },
  'shim lost': { ...ENDED, trouble: 'shim' },
};

/** A cause out of a file may be one that a later pm has added: that one has no answers. */
export const factsOfCause = (cause: ExitCause): ExitCauseFacts =>
  (EXIT_CAUSES as Partial<Record<string, ExitCauseFacts>>)[cause] ?? ENDED;
