import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A package of 60 MB from a slow mirror. */
const INSTALL_DEADLINE_MS = 300_000;

/** Packages that a benchmark needs and the project does not: installed when first asked for, removed at the end. */
export interface Packages {
  /** The folder of an installed package. @param spec `pm2@7.0.4` */
  install(spec: string): Promise<string>;
  dispose(): void;
}

export function openPackages(): Packages {
  const installed = new Map<string, Promise<string>>();
  const roots: string[] = [];
  const install = async (spec: string): Promise<string> => {
    const root = mkdtempSync(join(tmpdir(), 'pm-bench-'));
    roots.push(root);
    process.stderr.write(`installing ${spec} into ${root} for this run\n`);
    await run('npm', ['install', '--prefix', root, '--no-audit', '--no-fund', '--no-save', spec], {
      timeout: INSTALL_DEADLINE_MS,
      // Its own home: what a package writes on its first run must not land in the user's.
      env: { ...process.env, PM2_HOME: join(root, 'pm2-home') },
    });
    return join(root, 'node_modules', nameOf(spec));
  };
  return {
    install: (spec) => {
      const known = installed.get(spec) ?? install(spec);
      installed.set(spec, known);
      return known;
    },
    dispose: () => {
      for (const root of roots) rmSync(root, { recursive: true, force: true });
    },
  };
}

/** `@scope/name@1` → `@scope/name`. */
const nameOf = (spec: string): string => spec.replace(/(?!^)@.*$/, '');
