import { relative, resolve } from 'node:path';
import { bundle } from './bundler/bundle';

/** `npm run build [-- --failpoints]` */
async function main(): Promise<void> {
  const root = resolve(__dirname, '..');
  const { outDir, bytes, missing } = await bundle({
    root,
    failpoints: process.argv.includes('--failpoints'),
  });
  const notice = missing.length > 0 ? `, not there yet: ${missing.join(' ')}` : '';
  const seconds = process.uptime().toFixed(1);
  console.log(`${relative(root, outDir)}: ${String(Math.round(bytes / 1024))} KB in ${seconds} s${notice}`);
}

main().catch((error: unknown) => {
  // esbuild has printed its own errors, with the lines they are about.
  if (!(error instanceof Error && 'errors' in error)) console.error(error);
  process.exitCode = 1;
});
