import { openPackages, type Packages } from '../bench/support/packages';
import { findNode, type NodeBinary } from '../bench/support/node-binary';

/**
 * A Node that can do what the oldest one we support cannot (one listening socket per worker). It is a download of
 * 60 MB: `PM_TEST_NODE24=<path>` names one that is there, `PM_TEST_LONG=1` fetches it for this run.
 */
export const WITH_NEWER_NODE =
  process.env['PM_TEST_NODE24'] !== undefined || process.env['PM_TEST_LONG'] === '1';

/** Only where {@link WITH_NEWER_NODE}. `packages.dispose()` removes what was fetched. */
export function newerNode(packages: Packages): Promise<NodeBinary> {
  return findNode(process.env['PM_TEST_NODE24'] ?? '24', packages);
}

export { openPackages, type Packages };
