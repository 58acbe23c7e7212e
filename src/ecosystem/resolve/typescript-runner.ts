import { createRequire } from 'node:module';
import { basename, extname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { pmError } from '../../errors';
import type { NormaliseContext, TypeScriptSupport } from './context';
import { isTypeStrippingOn } from '../read/load-script';

/** How far the Node of this process runs TypeScript itself. */
export function typescriptSupport(): TypeScriptSupport {
  if (isTypeStrippingOn()) return 'native';
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return major > 22 || (major === 22 && minor >= 6) ? 'flag' : 'none';
}

/**
 * Arguments with which Node runs a TypeScript script: none where it can itself, else the project's own tsx or ts-node
 * as a loader, so that the app stays a Node app with all that pm offers one. Never bun: PM2's silent switch to another
 * runtime is a surprise in production.
 * @throws PmError INTERPRETER_UNSUITED
 */
export function typescriptInterpreter(script: string, context: NormaliseContext): string[] {
  const support = context.typescript ?? typescriptSupport();
  // JSX is more than types: Node's stripping does not read it.
  if (extname(script) !== '.tsx' && support !== 'none') {
    return support === 'native' ? [] : ['--experimental-strip-types'];
  }
  const project = createRequire(script);
  const tsx = resolved(project, 'tsx');
  if (tsx !== null) return ['--import', pathToFileURL(tsx).href];
  const tsNode = resolved(project, 'ts-node/register');
  if (tsNode !== null) return ['--require', tsNode];
  throw pmError('INTERPRETER_UNSUITED', {
    message: `Node ${process.versions.node} does not run ${script}, and neither tsx nor ts-node is installed beside it`,
    hint: 'Install one (`npm i tsx`), use Node 22.18 or newer, or name what runs it with --interpreter.',
  });
}

/** Runners that are Node with a loader, and how Node itself is told. */
const LOADERS: Readonly<Record<string, (project: NodeJS.Require) => string[] | null>> = {
  tsx: (project) => importing(resolved(project, 'tsx')),
  'ts-node': (project) => requiring(resolved(project, 'ts-node/register')),
  'ts-node-transpile-only': (project) => requiring(resolved(project, 'ts-node/register/transpile-only')),
  'ts-node-esm': (project) => {
    const loader = resolved(project, 'ts-node/esm');
    return loader === null ? null : ['--loader', pathToFileURL(loader).href];
  },
};

const importing = (path: string | null): string[] | null =>
  path === null ? null : ['--import', pathToFileURL(path).href];
const requiring = (path: string | null): string[] | null => (path === null ? null : ['--require', path]);

/** The arguments of Node that make it this runner, found from the script on; null: it is no such runner, or not there. */
export function loaderOf(runner: string, script: string): string[] | null {
  const loader = LOADERS[basename(runner)];
  return loader === undefined ? null : loader(createRequire(script));
}

function resolved(project: NodeJS.Require, module: string): string | null {
  try {
    return project.resolve(module);
  } catch {
    return null;
  }
}
