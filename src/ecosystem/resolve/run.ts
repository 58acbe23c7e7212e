import { shellArguments } from '../../model/command-line';
import type { NormaliseContext } from './context';
import { isNode, isNodeScript, resolveInterpreter, type Interpreter } from './interpreter';
import { loaderOf } from './typescript-runner';
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
  const interpreter = interpreterOf({ name, cwd, values }, script.path, context);
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

/** A runner of TypeScript that is to cluster becomes what it is: Node with a loader. */
function interpreterOf(
  { name, cwd, values }: RunQuestion,
  script: string,
  context: NormaliseContext,
): Interpreter {
  const given = typeof values.exec_interpreter === 'string' ? values.exec_interpreter : undefined;
  const isCluster = values.execute_command !== true && modeNamed(values.exec_mode) === 'cluster';
  if (isCluster && given !== undefined) {
    const loader = loaderOf(given, script);
    if (loader !== null) return { interpreter: 'node', path: context.execPath, args: loader };
    // PM2 takes no notice of an interpreter there; a script of Node's own is none that runs by itself.
    if (given === 'none' && isNodeScript(script))
      return { interpreter: 'node', path: context.execPath, args: [] };
  }
  return resolveInterpreter({ name, cwd, script, given }, context);
}

/** How many, and in which mode. */
export interface Mode {
  readonly execMode: 'fork' | 'cluster';
  readonly instances: number;
  readonly instancesGiven: boolean;
  /** Why it is not what was asked for. */
  readonly warning?: string;
}

/**
 * cluster when `instances` is given for a Node app, as with PM2; what the user says about the mode goes first.
 * What cannot be clustered runs as that many processes.
 */
export function decideMode(
  { name, values }: Omit<RunQuestion, 'cwd'>,
  run: Run,
  context: NormaliseContext,
): Mode {
  const instancesGiven = values.instances !== undefined;
  const instances = instancesGiven ? instanceCount(Number(values.instances), context.cpuCount) : 1;
  const wanted = values.execute_command === true ? 'fork' : modeNamed(values.exec_mode);
  const mode = { instances, instancesGiven };
  if (wanted === 'cluster' && !run.isNode) {
    const what = run.isLine
      ? 'a command line'
      : run.interpreter === 'none'
        ? 'a program of its own'
        : run.interpreter;
    const many = instances === 1 ? 'one process' : `${instances} processes`;
    return {
      ...mode,
      execMode: 'fork',
      warning: `App ${name} runs in fork mode, as ${many}: only Node can cluster, and ${what} is not Node`,
    };
  }
  return { ...mode, execMode: wanted ?? (instancesGiven && run.isNode ? 'cluster' : 'fork') };
}

/** PM2 stores `cluster_mode` and reads both. */
export const modeNamed = (mode: unknown): 'fork' | 'cluster' | undefined => {
  if (typeof mode !== 'string') return undefined;
  return mode.startsWith('cluster') ? 'cluster' : 'fork';
};

/** 0 (`max`): one per CPU; negative: CPUs less that many, at least one. */
export const instanceCount = (wanted: number, cpuCount: number): number =>
  wanted > 0 ? wanted : Math.max(1, cpuCount + wanted);
