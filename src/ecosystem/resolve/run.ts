import { pmError } from '../../errors';
import { shellArguments } from '../../model/command-line';
import type { NormaliseContext } from './context';
import { isNode, resolveInterpreter } from './interpreter';
import type { GivenAttributes } from '../attributes/read-attributes';
import { resolveScript } from './script';
import { nodeOptions } from './variables';

/** What is executed, resolved. */
export interface Run {
  readonly script: string;
  readonly args: readonly string[];
  readonly interpreter: string;
  readonly interpreterPath: string;
  readonly nodeArgs: readonly string[];
  readonly isNode: boolean;
  /** A command line run by a shell. */
  readonly isLine: boolean;
  /** That line, without the arguments behind it. */
  readonly line?: string;
  /** Variables that the interpreter needs, unless the user sets them. */
  readonly env: Readonly<Record<string, string>>;
}

/** The part of an app that decides what runs. */
export interface RunQuestion {
  readonly name: string;
  readonly cwd: string;
  readonly values: GivenAttributes['values'];
}

export const strings = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);

/** @throws PmError SCRIPT_NOT_FOUND, INTERPRETER_NOT_FOUND, INTERPRETER_UNSUITED */
export function resolveRun({ name, cwd, values }: RunQuestion, context: NormaliseContext): Run {
  const args = strings(values.args);
  const script = resolveScript(String(values.script), cwd, context);
  if (script.kind === 'line') {
    return {
      script: script.shell,
      args: shellArguments(script.line, args),
      interpreter: 'none',
      interpreterPath: 'none',
      nodeArgs: [],
      isNode: false,
      isLine: true,
      line: script.line,
      env: {},
    };
  }
  const given = typeof values.exec_interpreter === 'string' ? values.exec_interpreter : undefined;
  const interpreter = resolveInterpreter({ name, cwd, script: script.path, given }, context);
  return {
    script: script.path,
    args,
    interpreter: interpreter.interpreter,
    interpreterPath: interpreter.path,
    nodeArgs: [
      ...interpreter.args,
      ...(isNode(interpreter, context) ? nodeOptions(context) : []),
      ...strings(values.node_args),
    ],
    isNode: isNode(interpreter, context),
    isLine: false,
    // Python holds output back when it is not a terminal: logs would come late, and not at all from a killed app.
    env: /\bpython[\d.]*$/.test(interpreter.path) ? { PYTHONUNBUFFERED: '1' } : {},
  };
}

/** How many, and in which mode. */
export interface Mode {
  readonly execMode: 'fork' | 'cluster';
  readonly instances: number;
  readonly instancesGiven: boolean;
}

/**
 * cluster when `instances` is given for a Node app, as with PM2; what the user says about the mode goes first.
 * @throws PmError INTERPRETER_UNSUITED for a cluster of what is not Node
 */
export function decideMode(
  { name, values }: Omit<RunQuestion, 'cwd'>,
  run: Run,
  context: NormaliseContext,
): Mode {
  const instancesGiven = values.instances !== undefined;
  const instances = instancesGiven ? instanceCount(Number(values.instances), context.cpuCount) : 1;
  const wanted = values.execute_command === true ? 'fork' : modeNamed(values.exec_mode);
  if (wanted === 'cluster' && !run.isNode) {
    throw pmError('INTERPRETER_UNSUITED', {
      message: `App ${name} cannot run in cluster mode: ${run.isLine ? 'a command line' : run.interpreter} is not Node`,
      hint: 'Use exec_mode "fork": `instances` then starts that many processes.',
    });
  }
  return {
    execMode: wanted ?? (instancesGiven && run.isNode ? 'cluster' : 'fork'),
    instances,
    instancesGiven,
  };
}

/** PM2 stores `cluster_mode` and reads both. */
export const modeNamed = (mode: unknown): 'fork' | 'cluster' | undefined => {
  if (typeof mode !== 'string') return undefined;
  return mode.startsWith('cluster') ? 'cluster' : 'fork';
};

/** 0 (`max`): one per CPU; negative: CPUs less that many, at least one. */
export const instanceCount = (wanted: number, cpuCount: number): number =>
  wanted > 0 ? wanted : Math.max(1, cpuCount + wanted);
