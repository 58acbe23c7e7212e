import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

/** What users run. */
export const PM = resolve(__dirname, '../../bin/pm');
/** Above every deadline of the CLI itself, so that what is seen is its own error and not this one. */
const DEADLINE_MS = 40_000;

export interface RunOptions {
  /** Added to the environment of the home. undefined takes a variable out. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Written to stdin, which then ends. */
  readonly input?: string;
}

export interface RunResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunPmOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly input?: string;
  /** Another build of the CLI. */
  readonly program?: string;
}

/** The build with failpoints in it. */
export const PM_WITH_FAILPOINTS = resolve(__dirname, '../../dist-failpoints/cli/main.js');

/** Runs the built `pm` as a process of its own, as a user does. */
export function runPm(
  args: readonly string[],
  { env, cwd, input, program = PM }: RunPmOptions,
): Promise<RunResult> {
  return new Promise((done, reject) => {
    const child = spawn(process.execPath, [program, ...args], { env, cwd, stdio: 'pipe' });
    const text = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8');
      child[name].on('data', (chunk: string) => (text[name] += chunk));
    }
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(
        new Error(`pm ${args.join(' ')} did not end within ${DEADLINE_MS} ms:\n${text.stdout}${text.stderr}`),
      );
    }, DEADLINE_MS);
    child.stdin.on('error', () => undefined);
    child.stdin.end(input ?? '');
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      done({ code, ...text });
    });
  });
}
