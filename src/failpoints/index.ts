import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';

/*
 * Faults for the crash rig, compiled out of what is shipped (`__FAILPOINTS__` is false there and the calls vanish).
 *
 * PM_FAILPOINTS=<rule>[;<rule>…], a rule is <program>:<point>[@<phase>]=[<skip>*off->][<count>*]<action>
 *   actions: crash | error(<CODE>) | delay(<ms>)
 *   e.g. `god:file.rename=1*off->1*crash;shim:worker.spawn@reload=2*error(EMFILE)`
 *
 * A rule of a phase sleeps until there is a file `phase.<phase>` in the folder PM_FAILPOINTS_DIR. How often a rule has
 * struck is counted in files there too, so that a God that is revived with the same environment does not die at the
 * same point for ever, and that a test can tell whether its rule has struck at all.
 */

/** Who can be struck. */
export type Program = 'god' | 'shim' | 'worker';

interface Rule {
  readonly name: string;
  readonly phase: string | undefined;
  readonly skip: number;
  readonly count: number;
  readonly action: string;
  readonly argument: string;
}

const RULE = /^([^=@]+)(?:@([^=]+))?=(?:(\d+)\*off->)?(?:(\d+)\*)?(crash|error|delay)(?:\(([^)]*)\))?$/;

let rules: readonly Rule[] | undefined;
let prefix = '';

/** A place where the crash rig may strike. Throws what the rule says, or does not return at all. */
export function failpoint(point: string): void {
  if (__FAILPOINTS__) strike(point);
}

/** Must be called before a program empties its environment; later calls change nothing. */
export function readFailpoints(program: Program, env: NodeJS.ProcessEnv): void {
  if (!__FAILPOINTS__ || rules !== undefined) return;
  prefix = `${env['PM_FAILPOINTS_DIR'] ?? ''}/`;
  rules = (env['PM_FAILPOINTS'] ?? '').split(';').flatMap((text) => parse(text, program));
}

function parse(text: string, program: Program): Rule[] {
  const [, name = '', phase, skip = '0', count = '1', action = '', argument = ''] =
    RULE.exec(text.trim()) ?? [];
  const [of, point] = name.split(':');
  if (of !== program || point === undefined) return [];
  return [{ name: point, phase, skip: Number(skip), count: Number(count), action, argument }];
}

function strike(point: string): void {
  for (const rule of rules ?? []) {
    if (rule.name !== point || !isDue(rule)) continue;
    if (rule.action === 'crash') process.kill(process.pid, 'SIGKILL');
    if (rule.action === 'delay')
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(rule.argument));
    if (rule.action === 'error') {
      throw Object.assign(new Error(`${rule.argument}: injected at ${point}`), { code: rule.argument });
    }
  }
}

/** Takes the next number of the rule; numbers below `skip` and from `skip + count` on do nothing. */
function isDue({ name, phase, skip, count }: Rule): boolean {
  if (phase !== undefined && !existsSync(`${prefix}phase.${phase}`)) return false;
  for (let n = 0; n < skip + count; n++) if (isTaken(`${name}.${String(n)}`)) return n >= skip;
  return false;
}

function isTaken(name: string): boolean {
  try {
    mkdirSync(prefix, { recursive: true });
    closeSync(openSync(`${prefix}${name}`, 'wx'));
    return true;
  } catch {
    return false;
  }
}
