import { execFileSync } from 'node:child_process';
import { pmError } from '../../errors';
import type { AppSpec } from '../../model/app-spec';
import { REUSE_PORT_NEEDS, canReusePort } from '../../model/balance';

/** `node -p` takes 50 ms; one that takes longer than this is no Node. */
const VERSION_DEADLINE_MS = 5000;

/**
 * Asking for a balance that the app's Node cannot do is an error before anything is started, not a fallback that
 * nobody notices.
 *
 * @param execPath the Node that we run on: its version is known without asking
 * @throws PmError INTERPRETER_UNSUITED
 */
export function checkBalance(spec: AppSpec, execPath: string): void {
  if (spec.balance !== 'reuseport' || spec.execMode === 'fork') return;
  const version =
    spec.interpreterPath === execPath ? process.versions.node : askVersion(spec.interpreterPath);
  if (version === null || canReusePort({ version, platform: process.platform })) return;
  throw pmError('INTERPRETER_UNSUITED', {
    message: `App ${spec.name}: balance "reuseport" needs ${REUSE_PORT_NEEDS}; ${spec.interpreterPath} is Node ${version} on ${process.platform}`,
    hint: 'Nothing was started. Use balance "auto", or another interpreter.',
  });
}

/** null: it does not tell; God refuses then, once its shim runs. */
function askVersion(nodePath: string): string | null {
  try {
    return execFileSync(nodePath, ['-p', 'process.versions.node'], {
      encoding: 'utf8',
      timeout: VERSION_DEADLINE_MS,
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return null;
  }
}
