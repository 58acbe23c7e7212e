import { readFileSync, realpathSync, statSync } from 'node:fs';
import { Module, createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { pmError, systemCodeOf } from '../../errors';
import { isRecord } from '../attributes/kinds';
import { scriptFailure } from './script-errors';

/** A minute: enough for a config that asks a secret store; a promise that never settles would hang the CLI. */
const FUNCTION_TIMEOUT_MS = 60_000;

/** Runs a JavaScript or TypeScript config file and returns what it exports, functions called and awaited. */
export async function loadScript(file: string, language: 'script' | 'typescript'): Promise<unknown> {
  try {
    const exported = unwrap(await settled(language === 'script' ? runJavaScript(file) : runTypeScript(file)));
    return typeof exported === 'function' ? await settled((exported as () => unknown)()) : exported;
  } catch (error) {
    throw pmError('CONFIG_MALFORMED', { file, ...scriptFailure(error, file) }, { cause: error });
  }
}

/**
 * CommonJS is required with the cache dropped, so that a long-lived caller of the Node API sees changes. What looks
 * like an ES module goes to `import` at once: requiring one works on new Nodes only, with a warning on some. A wrong
 * guess is harmless, because `import` reads CommonJS as well.
 */
async function runJavaScript(file: string): Promise<unknown> {
  if (file.endsWith('.mjs')) return importFresh(file);
  if (file.endsWith('.js') && /^\s*(?:import|export)\b/m.test(readFileSync(file, 'utf8')))
    return importFresh(file);
  const load = createRequire(file);
  try {
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- require.cache is a plain object by contract
    delete load.cache[load.resolve(file)];
    return isLinked(file) ? runAsCalled(file) : (load(file) as unknown);
  } catch (error) {
    // A `.js` below `"type": "module"` without any import or export, or a top-level await.
    if (['ERR_REQUIRE_ESM', 'ERR_REQUIRE_ASYNC_MODULE'].includes(systemCodeOf(error) ?? ''))
      return importFresh(file);
    throw error;
  }
}

/** Below a link (`/srv/current/ecosystem.config.js`), or one itself. */
const isLinked = (file: string): boolean => realpathSync(file) !== file;

/**
 * CommonJS whose `__dirname` is the folder as the user calls it: `require` would resolve links, and `cwd: __dirname` would
 * then name one release for good instead of `current`.
 */
function runAsCalled(file: string): unknown {
  const module_ = new Module(file) as Module & { _compile: (text: string, file: string) => void };
  module_.filename = file;
  module_.paths = createRequire(file).resolve.paths('x') ?? [];
  module_._compile(readFileSync(file, 'utf8').replace(/^\uFEFF/, ''), file);
  return module_.exports as unknown;
}

/** The query makes a changed file a new module: Node's module cache cannot be dropped. */
const importFresh = (file: string): Promise<unknown> =>
  import(`${pathToFileURL(file).href}?${String(statSync(file).mtimeMs)}`) as Promise<unknown>;

/** Node strips types by itself where it can (≥ 22.18); jiti reads the rest, and syntax that is more than types. */
async function runTypeScript(file: string): Promise<unknown> {
  const { runWithJiti } = await import('./load-typescript');
  if (!isTypeStrippingOn()) return runWithJiti(file);
  try {
    return await importFresh(file);
  } catch (error) {
    if (systemCodeOf(error) === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') return runWithJiti(file);
    throw error;
  }
}

/** `process.features.typescript` is 'strip' or 'transform' where this Node runs TypeScript without a flag. */
export const isTypeStrippingOn = (): boolean =>
  Boolean((process.features as { typescript?: unknown }).typescript);

/** The default export, also when a compiler wrapped it once more; else the exports themselves. */
function unwrap(exported: unknown): unknown {
  const wrapped = isRecord(exported) && 'default' in exported ? exported['default'] : exported;
  if (isRecord(wrapped) && wrapped['__esModule'] === true && 'default' in wrapped) return wrapped['default'];
  return wrapped;
}

/**
 * A promise that nothing works on any more would end this process without a word, and with exit code 0; one that something
 * does work on gets its time.
 */
async function settled(result: unknown): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  let onEmpty = (): void => undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const words = `it was not done within ${FUNCTION_TIMEOUT_MS / 1000} s`;
    // It does not keep the process: that is how an empty event loop is seen.
    timer = setTimeout(() => reject(new Error(words)), FUNCTION_TIMEOUT_MS).unref();
    onEmpty = () => reject(new Error('it exports, or its function returns, a promise that never settles'));
    process.once('beforeExit', onEmpty);
  });
  try {
    return await Promise.race([result, late]);
  } finally {
    clearTimeout(timer);
    process.removeListener('beforeExit', onEmpty);
  }
}
