import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { bundle } from './bundler/bundle';

/** What outlives an upgrade, and so meets programs that are newer than itself. */
const DAEMONS = ['god', 'shim', 'worker'];
const LICENCES = 'THIRD-PARTY-LICENCES.txt';

/**
 * `npm run freeze`, once for each release: keeps its daemons in test/fixtures/releases/<version>, where
 * test/process/releases lets them meet the programs of every later version.
 */
async function main(): Promise<void> {
  const root = resolve(__dirname, '..');
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const { outDir } = await bundle({ root, failpoints: false });
  const folder = join(root, 'test/fixtures/releases', version);
  await build({
    entryPoints: DAEMONS.map((daemon) => join(outDir, daemon, 'main.js')),
    outbase: outDir,
    outdir: folder,
    minify: true,
    target: 'node20.19',
    logLevel: 'warning',
  });
  mkdirSync(folder, { recursive: true });
  copyFileSync(join(outDir, LICENCES), join(folder, LICENCES));
  const commit = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim();
  writeFileSync(
    join(folder, 'README.md'),
    `# pm ${version} as it was released\n\nThe bundles of God, shim and preload, minified, as \`npm run freeze\` has made them on top of commit\n${commit}. Never edited: that programs of later versions get along with\nthem is what test/process/releases proves.\n`,
  );
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
