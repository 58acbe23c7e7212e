import { resolve } from 'node:path';
import { bundle } from '../../scripts/bundler/bundle';

/** Process tests run what is shipped: `dist` is built from the sources as they are now, once per run of jest. */
export default async function buildDist(): Promise<void> {
  await bundle({ root: resolve(__dirname, '../..'), failpoints: false });
}
