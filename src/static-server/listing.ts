import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isServable } from './paths';

/**
 * The page that lists the folder of a canonical path: folders first, no dot files; null when there is no such folder below
 * root, or it is hidden.
 */
export async function listingOf(root: string, path: string): Promise<string | null> {
  try {
    if (path.includes('/.') || !(await isServable(root, path))) return null;
    const entries = (await readdir(join(root, path), { withFileTypes: true })).filter(
      ({ name }) => !name.startsWith('.'),
    );
    const rows = entries
      .map((entry) => ({
        isFolder: entry.isDirectory(),
        name: `${entry.name}${entry.isDirectory() ? '/' : ''}`,
      }))
      .sort((a, b) => Number(b.isFolder) - Number(a.isFolder) || (a.name < b.name ? -1 : 1))
      .map(
        ({ name }) =>
          `<li><a href="${encodeURI(`./${name}`).replace(/[?#]/g, encodeURIComponent)}">${escape(name)}</a></li>`,
      );
    const up = path === '/' ? [] : ['<li><a href="../">../</a></li>'];
    const title = escape(`Index of ${path}`);
    return `<!doctype html>
<html><head><meta charset="utf-8"><title>${title}</title></head>
<body><h1>${title}</h1><ul>
${[...up, ...rows].join('\n')}
</ul></body></html>
`;
  } catch {
    return null;
  }
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const escape = (text: string): string => text.replace(/[&<>"]/g, (letter) => ENTITIES[letter] ?? letter);
