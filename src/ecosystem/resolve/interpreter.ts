import { basename, extname, join, resolve } from 'node:path';
import { pmError } from '../../errors';
import type { NormaliseContext } from './context';
import { expandHome, headOf, isExecutable, upwards } from './files';
import { findNodeVersion } from './node-versions';
import { typescriptInterpreter } from './typescript-runner';
import { splitWords } from '../attributes/words';

export interface Interpreter {
  /** As the user said it, or as the file implies. */
  readonly interpreter: string;
  /** Absolute, or `none`. */
  readonly path: string;
  /** Arguments that the choice itself brings, before the user's. */
  readonly args: readonly string[];
}

/** What is asked: which app, which file. */
export interface InterpreterQuestion {
  readonly name: string;
  readonly cwd: string;
  readonly script: string;
  /** `exec_interpreter`, when given. */
  readonly given: string | undefined;
}

const BY_EXTENSION: Readonly<Record<string, readonly string[]>> = {
  '.sh': ['bash'],
  // Where there is no `python` it is called python3.
  '.py': ['python', 'python3'],
  '.rb': ['ruby'],
  '.php': ['php'],
  '.pl': ['perl'],
  '.coffee': ['coffee'],
  '.ls': ['lsc'],
};

const NODE_EXTENSIONS = new Set(['.js', '.mjs', '.cjs']);
const TYPESCRIPT_EXTENSIONS = new Set(['.ts', '.mts', '.cts', '.tsx']);

/** What Node runs by the ending of its name. */
export const isNodeScript = (script: string): boolean => NODE_EXTENSIONS.has(extname(script));

/** A binary is known by a NUL among its first bytes; ELF, Mach-O and PE have one in the first 16. */
const HEAD_BYTES = 512;

/**
 * What runs the file: what the user says, else by extension, else by its shebang, else by a look at its bytes.
 * @throws PmError INTERPRETER_NOT_FOUND, INTERPRETER_UNSUITED
 */
export function resolveInterpreter(question: InterpreterQuestion, context: NormaliseContext): Interpreter {
  const { given, script } = question;
  if (given !== undefined) return givenInterpreter(given, question, context);
  const extension = extname(script);
  const node: Interpreter = { interpreter: 'node', path: context.execPath, args: [] };
  if (NODE_EXTENSIONS.has(extension)) return node;
  if (TYPESCRIPT_EXTENSIONS.has(extension)) return { ...node, args: typescriptInterpreter(script, context) };
  const candidates = BY_EXTENSION[extension];
  if (candidates !== undefined) {
    const there =
      candidates.find((candidate) => find(candidate, question, context) !== null) ?? candidates.at(-1) ?? '';
    return named(there, [], question, context);
  }
  const head = headOf(script, HEAD_BYTES);
  const shebang = shebangOf(head);
  if (shebang !== null) return named(shebang.program, shebang.args, question, context);
  return head.includes(0) ? itself(question) : node;
}

function givenInterpreter(
  given: string,
  question: InterpreterQuestion,
  context: NormaliseContext,
): Interpreter {
  if (given === 'none') return itself(question);
  const version = /^node@(.+)$/.exec(given)?.[1];
  if (version !== undefined) return { interpreter: given, path: findNodeVersion(version, context), args: [] };
  return named(given, [], question, context);
}

function named(
  interpreter: string,
  args: readonly string[],
  question: InterpreterQuestion,
  context: NormaliseContext,
): Interpreter {
  const path = find(interpreter, question, context) ?? (interpreter === 'node' ? context.execPath : null);
  if (path === null) throw pmError('INTERPRETER_NOT_FOUND', { interpreter, name: question.name });
  return { interpreter, path, args };
}

/** A path counts from the app's cwd; a name is looked up in PATH, then in the project's own node_modules/.bin. */
function find(interpreter: string, { cwd }: InterpreterQuestion, context: NormaliseContext): string | null {
  if (interpreter.includes('/') || interpreter.startsWith('~')) {
    const path = resolve(cwd, expandHome(interpreter, context.env['HOME']));
    return isExecutable(path) ? path : null;
  }
  const inPath = context.findInPath(interpreter);
  return (
    inPath ??
    upwards(cwd)
      .map((folder) => join(folder, 'node_modules/.bin', interpreter))
      .find(isExecutable) ??
    null
  );
}

function itself({ script, name }: InterpreterQuestion): Interpreter {
  if (isExecutable(script)) return { interpreter: 'none', path: 'none', args: [] };
  throw pmError('INTERPRETER_UNSUITED', {
    message: `${script} is to run by itself (app ${name}), but is not executable`,
    hint: `Make it so with \`chmod +x ${script}\`, or name what runs it with --interpreter.`,
  });
}

/** `#!/usr/bin/env -S node --flag` → node and its arguments; a program at a fixed place keeps that place. */
function shebangOf(head: Buffer): { program: string; args: readonly string[] } | null {
  const line = /^#!\s*([^\r\n]+)/.exec(head.toString('latin1'))?.[1];
  if (line === undefined) return null;
  const [program = '', ...args] = splitWords(line);
  if (basename(program) !== 'env') return { program, args };
  const behindEnv = args[0] === '-S' ? args.slice(1) : args;
  const at = behindEnv.findIndex((word) => !/^-|=/.test(word));
  return at < 0 ? null : { program: behindEnv[at] ?? '', args: behindEnv.slice(at + 1) };
}

/** True when it is Node, of whatever version: only Node has a cluster. */
export const isNode = ({ interpreter, path }: Interpreter, context: NormaliseContext): boolean =>
  path === context.execPath || interpreter.startsWith('node@') || /^node(js)?$/.test(basename(path));
