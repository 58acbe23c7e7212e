import { resolve } from 'node:path';
import { bundle } from '../../scripts/bundler/bundle';

/** What is shipped, and the same with failpoints. */
export default async function buildBoth(): Promise<void> {
  const root = resolve(__dirname, '../..');
  await bundle({ root, failpoints: false });
  await bundle({ root, failpoints: true });
}
