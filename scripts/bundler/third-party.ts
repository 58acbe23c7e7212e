import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';

/** What the licences of bundled packages ask for: their text, shipped with the copies in dist. */
export async function thirdPartyNotices(root: string, metafiles: readonly Metafile[]): Promise<string> {
  const packages = new Set(
    metafiles.flatMap((metafile) => Object.keys(metafile.inputs).flatMap(packageFolder)),
  );
  const notices = await Promise.all([...packages].sort().map((folder) => notice(join(root, folder))));
  return ['pm contains copies of these packages.\n', ...notices].join(`\n${'-'.repeat(80)}\n\n`);
}

/** `node_modules/a/node_modules/@b/c/lib/x.js` → `node_modules/a/node_modules/@b/c`; nothing for our own files. */
function packageFolder(input: string): string[] {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input) ?? [];
}

async function notice(folder: string): Promise<string> {
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as {
    name: string;
    version: string;
    license?: string;
  };
  const licenceFile = (await readdir(folder)).find((name) => /^licen[cs]e/i.test(name));
  const text = licenceFile
    ? await readFile(join(folder, licenceFile), 'utf8')
    : '(no licence file in the package)\n';
  return `${manifest.name} ${manifest.version} (${manifest.license ?? 'see below'})\n\n${text}`;
}
