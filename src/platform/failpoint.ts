import { closeSync, mkdirSync, openSync } from 'node:fs';
import { basename, dirname } from 'node:path';

/*
 * Faults for the crash rig, compiled out of what is shipped (`__FAILPOINTS__` is false there and the calls vanish).
 *
 * PM_FAILPOINTS=<rule>[;<rule>…], a rule is <program>:<point>=[<skip>*off->][<count>*]<action>
 *   actions: crash | error(<CODE>) | delay(<ms>)
 *   e.g. `god:file.rename=1*off->1*crash;shim:worker.spawn=2*error(EMFILE)`
 *
 * How often a rule has struck is counted in files beside PM_FAILPOINTS_DIR, so that a God that is revived with the same
 * environment does not die at the same point for ever.
 */

interface Rule {
  readonly name: string;
  readonly skip: number;
  readonly count: number;
  readonly action: string;
  readonly argument: string;
}

const RULE = /^([^=]+)=(?:(\d+)\*off->)?(?:(\d+)\*)?(crash|error|delay)(?:\(([^)]*)\))?$/;

let rules: readonly Rule[] | undefined;
let folder = '';

/** A place where the crash rig may strike. Throws what the rule says, or does not return at all. */
export function failpoint(point: string): void {
  if (__FAILPOINTS__) strike(point);
}

/** Must be called before a program empties its environment; later calls change nothing. */
export function readFailpoints(env: NodeJS.ProcessEnv): void {
  if (!__FAILPOINTS__ || rules !== undefined) return;
  const program = basename(dirname(process.argv[1] ?? ''));
  folder = env['PM_FAILPOINTS_DIR'] ?? '';
  rules = (env['PM_FAILPOINTS'] ?? '').split(';').flatMap((text) => parse(text, program));
}

function parse(text: string, program: string): Rule[] {
  const [, name = '', skip = '0', count = '1', action = '', argument = ''] = RULE.exec(text.trim()) ?? [];
  const [of, point] = name.split(':');
  if (of !== program || point === undefined) return [];
  return [{ name: point, skip: Number(skip), count: Number(count), action, argument }];
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
function isDue({ name, skip, count }: Rule): boolean {
  for (let n = 0; n < skip + count; n++) if (isTaken(`${name}.${String(n)}`)) return n >= skip;
  return false;
}

function isTaken(name: string): boolean {
  try {
    mkdirSync(folder, { recursive: true });
    closeSync(openSync(`${folder}/${name}`, 'wx'));
    return true;
  } catch {
    return false;
  }
}
