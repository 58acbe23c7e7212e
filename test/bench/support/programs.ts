import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

/** TypeScript programs of a benchmark as processes of their own, so that clients do not share a thread with anything. */
export interface Programs {
  /** Starts it with an IPC channel; `nodePath` absent: this Node. */
  start(file: string, nodePath?: string): Promise<ChildProcess>;
  dispose(): Promise<void>;
}

export function openPrograms(): Programs {
  const folder = mkdtempSync('/tmp/pm-bench-');
  const children: ChildProcess[] = [];
  const bundles = new Map<string, Promise<string>>();

  const bundle = async (file: string): Promise<string> => {
    const outfile = join(folder, `${bundles.size}.js`);
    await build({
      entryPoints: [file],
      outfile,
      bundle: true,
      platform: 'node',
      target: 'node20',
      logLevel: 'error',
      // Optional parts of ws, written in C.
      external: ['bufferutil', 'utf-8-validate'],
    });
    return outfile;
  };

  return {
    start: async (file, nodePath = process.execPath) => {
      const known = bundles.get(file) ?? bundle(file);
      bundles.set(file, known);
      const child = fork(await known, [], { execPath: nodePath, execArgv: [], serialization: 'advanced' });
      children.push(child);
      return child;
    },
    dispose: async () => {
      const running = children.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
      const gone = running.map((child) => once(child, 'exit'));
      for (const child of running) child.kill('SIGKILL');
      await Promise.all(gone);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
