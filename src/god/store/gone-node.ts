import { existsSync } from 'node:fs';
import type { AppSpec } from '../../model/app-spec';

/**
 * Upgrades of Node take the one before away (nvm, a package with its version in the path), and boot must survive that:
 * an app that asks for `node`, whichever that is, runs on God's own when the one that it was started with is gone.
 */
export function onNodeThatIsThere(spec: AppSpec): AppSpec {
  return spec.interpreter !== 'node' || existsSync(spec.interpreterPath)
    ? spec
    : { ...spec, interpreterPath: process.execPath };
}

/** For pm.log and the user; empty when it is as it was. */
export const goneNodeWarning = (before: AppSpec, { name, interpreterPath }: AppSpec): string[] =>
  before.interpreterPath === interpreterPath
    ? []
    : [`${before.interpreterPath} is gone: ${name} runs on ${interpreterPath} from its next start on`];
